namespace ConcreteMl.Tfhe.Programs;

/// <summary>Judges an input or output: its shape, width and coding.</summary>
internal static class PortRules
{
    /// <summary>Adds what is wrong with a port whose value was not judged elsewhere.</summary>
    internal static void Verify(InterfacePort port, bool isInput, List<ProgramFinding> findings)
    {
        void Report(string message) => findings.Add(new ProgramFinding(null, $"{Kind(isInput)} '{port.Name}'", message));

        if (!Shapes.TryCount(port.Shape, out _))
            Report($"shape {Shapes.Text(port.Shape)}: dimensions are at least 1 and their product fits 31 bits");
        else if (port.Bits is < 1 or > ProgramVerifier.LargestBits)
            Report($"width {port.Bits}: 1 to {ProgramVerifier.LargestBits} bits expected");
        else if (!port.Step.IsLegal)
            Report($"{port.Codes} codes of {port.Bits} bits");
        else
            VerifyCoding(port, isInput, Report);
    }

    /// <summary>Reports what is wrong with the coding of a port of legal shape.</summary>
    internal static void VerifyCoding(InterfacePort port, bool isInput, Action<string> report)
    {
        ProgramCoding coding = port.Coding;
        if (!Shapes.TryCount(coding.Shape, out int count) || !Shapes.BroadcastsTo(coding.Shape, port.Shape))
            report($"coding shape {Shapes.Text(coding.Shape)} does not broadcast to {Shapes.Text(port.Shape)}");
        else if (coding.Scales.Length != count || coding.Zeros.Length != count)
            report($"{coding.Scales.Length} scales and {coding.Zeros.Length} zeros where the coding's shape takes {count}");
        // differences leave outputs with negative scales; quantizers divide by positive ones
        if (isInput && coding.Scales.Any(scale => scale < 0.0))
            report("a scale is negative");
        if (coding.Scales.Any(scale => scale == 0.0 || !double.IsFinite(scale)))
            report("a scale is zero or not finite");
        if (coding.Zeros.Any(zero => !double.IsFinite(zero)))
            report("a zero is not finite");
        if (!Enum.IsDefined(coding.Element))
            report($"element type {(int)coding.Element} is unknown");
        if (!Enum.IsDefined(coding.Rounding))
            report($"rounding {(int)coding.Rounding} is unknown");
        if (coding.Beyond is { Length: > 0 } beyond && (beyond.Length != count || beyond.Any(codes => !(codes >= 0.0))))
            report("codes beyond the ends: as many numbers as scales expected, none below 0");
        if (port.Bits is < 1 or > ProgramVerifier.LargestBits)
            return;
        long half = 1L << (port.Bits - 1);
        if (coding.Low > coding.High || isInput && (coding.Low < -half || coding.High >= half))
            report($"codes {coding.Low} to {coding.High} do not fit the signed {port.Bits}-bit range");
    }

    internal static string Kind(bool isInput) => isInput ? "input" : "output";
}
