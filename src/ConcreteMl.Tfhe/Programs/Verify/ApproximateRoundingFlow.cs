namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// The result of an approximate rounding still carries its low bits. Moving ciphertexts, shifting by whole codes and looking
/// up are sound on it; linear operations with weights would multiply the low bits, and a second rounding would see them.
/// </summary>
internal static class ApproximateRoundingFlow
{
    internal static void Verify(TfheProgram program, List<ProgramFinding> findings)
    {
        bool[] unrounded = Unrounded(program);
        for (int index = 0; index < program.Instructions.Count; index++)
        {
            Instruction instruction = program.Instructions[index];
            if (
                !Forwards(instruction)
                && instruction is not (Lookup or LookupMany)
                && instruction.Operands.Any(operand => unrounded[operand])
            )
                findings.Add(
                    new ProgramFinding(
                        index,
                        instruction.Origin,
                        $"{instruction.Operation} reads a value that approximate rounding left unrounded"
                    )
                );
        }
    }

    /// <summary>Which values carry bits below their step.</summary>
    internal static bool[] Unrounded(TfheProgram program)
    {
        bool[] unrounded = new bool[program.Values.Count];
        foreach (Instruction instruction in program.Instructions)
            unrounded[instruction.Result] =
                instruction is RoundApproximate || Forwards(instruction) && instruction.Operands.Any(operand => unrounded[operand]);
        return unrounded;
    }

    private static bool Forwards(Instruction instruction) => instruction is View or Concat or Pad or Gather or Shift or Reencode;
}
