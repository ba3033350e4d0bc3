using ConcreteMl.Tfhe.Programs;

namespace ConcreteMl.Running;

/// <summary>Counts values beyond the calibrated range, input by input. For one thread.</summary>
internal sealed class ClipCount(IReadOnlyList<ModelPort> inputs)
{
    private readonly long[] clipped = new long[inputs.Count];
    private readonly long[] values = new long[inputs.Count];

    /// <summary>The inputs with values beyond their range, in order.</summary>
    internal IReadOnlyList<ClippedInput> Found =>
        [.. inputs.Select((port, index) => new ClippedInput(port.Name, clipped[index], values[index])).Where(input => input.Count > 0)];

    internal void Add(int input, QuantizedCodes codes)
    {
        clipped[input] += codes.Clipped;
        values[input] += codes.Codes.Length;
    }

    /// <summary>What users are told of an input.</summary>
    internal static Diagnostic Warning(ClippedInput input) =>
        Diagnostic.Warning(
            "CML6027",
            input.Name,
            FormattableString.Invariant(
                $"{input.Count} of {input.Values} values lie outside the range that the model was calibrated for, and took its nearest end"
            ),
            "inputs like those of the calibration data",
            "Check scaling and units of the input, or compile again with calibration data that covers it"
        );
}
