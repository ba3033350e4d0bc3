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
        VerifyWide(program, unrounded, findings);
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

    /// <summary>A wide lookup reads the lowest bit first, so that it must be there.</summary>
    private static void VerifyWide(TfheProgram program, bool[] unrounded, List<ProgramFinding> findings)
    {
        if (program.Parameters is not { } parameters)
            return;
        for (int index = 0; index < program.Instructions.Count; index++)
        {
            Instruction instruction = program.Instructions[index];
            int lookupClass = instruction switch
            {
                Lookup one => one.Class,
                LookupMany many => many.Lookups[0].Class,
                _ => -1,
            };
            if (
                (uint)lookupClass < (uint)parameters.Classes.Length
                && parameters.Classes[lookupClass].Wide is not null
                && instruction.Operands.Any(operand => unrounded[operand])
            )
                findings.Add(
                    new ProgramFinding(
                        index,
                        instruction.Origin,
                        $"{instruction.Operation} reads bit by bit what approximate rounding left unrounded"
                    )
                );
        }
    }
}
