namespace ConcreteMl.Tfhe.Programs;

/// <summary>Judges whether an operand of a linear instruction and its result lie on the torus alike.</summary>
internal static class SharedStep
{
    internal static void Verify(TfheProgram program, int operand, int result, Action<string> report)
    {
        ProgramValue from = program.Values[operand];
        ProgramValue to = program.Values[result];
        if (from.Bits != to.Bits)
            report($"operand {operand} has {from.Bits} bits and the result {to.Bits}: they share a step");
        else if (from.Codes != to.Codes)
            report($"operand {operand} has room for {from.Codes} codes and the result for {to.Codes}: they share a step");
    }
}
