namespace ConcreteMl.Tfhe.Programs;

/// <summary>Checks codes that enter a program.</summary>
internal static class InputCodes
{
    /// <exception cref="ProgramInputException">The number of codes differs from the input's, or one is outside its width.</exception>
    internal static void Check(TfheProgram program, int input, ReadOnlySpan<long> codes, string where)
    {
        ProgramPort port = program.Inputs[input];
        ProgramValue value = program.Values[port.Value];
        if (codes.Length != value.Count)
            throw new ProgramInputException(
                $"{where}: input '{port.Name}' has {codes.Length} codes, expected {value.Count} for {Shapes.Text(value.Shape)}"
            );
        long half = 1L << (value.Bits - 1);
        for (int element = 0; element < codes.Length; element++)
            if (codes[element] < -half || codes[element] >= half)
                throw new ProgramInputException(
                    $"{where}: input '{port.Name}' has code {codes[element]} at {element}, outside {-half} to {half - 1}"
                );
    }
}
