namespace ConcreteMl.Tfhe.Programs;

/// <summary>Checks codes that enter a program.</summary>
internal static class InputCodes
{
    /// <exception cref="ProgramInputException">The number of codes differs from the input's, or one is outside its width.</exception>
    internal static void Check(TfheProgram program, int input, ReadOnlySpan<long> codes, string where)
    {
        ProgramPort port = program.Inputs[input];
        ProgramValue value = program.Values[port.Value];
        Check(port.Name, value.Shape, value.Bits, codes, where);
    }

    /// <exception cref="ProgramInputException">The number of codes differs from the input's, or one is outside its width.</exception>
    internal static void Check(string name, int[] shape, int bits, ReadOnlySpan<long> codes, string where)
    {
        int count = Shapes.Count(shape);
        if (codes.Length != count)
            throw new ProgramInputException($"{where}: input '{name}' has {codes.Length} codes, expected {count} for {Shapes.Text(shape)}");
        long half = 1L << (bits - 1);
        for (int element = 0; element < codes.Length; element++)
            if (codes[element] < -half || codes[element] >= half)
                throw new ProgramInputException(
                    $"{where}: input '{name}' has code {codes[element]} at {element}, outside {-half} to {half - 1}"
                );
    }
}
