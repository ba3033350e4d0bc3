namespace ConcreteMl.Tfhe.Programs;

/// <summary>Memory that values take during a run, from their lifetimes and from the instructions that overwrite operands.</summary>
internal static class MemoryUse
{
    /// <summary>Most elements alive at once, operands and result of the running instruction included.</summary>
    internal static long PeakElements(TfheProgram program)
    {
        int[] last = LastUses(program);
        long alive = program.Inputs.Sum(input => program.Values[input.Value].Count);
        long peak = alive;
        for (int index = 0; index < program.Instructions.Count; index++)
        {
            Instruction instruction = program.Instructions[index];
            long result = instruction.Results.Sum(value => program.Values[value].Count);
            bool isLast = instruction.Operands.Count > 0 && last[instruction.Operands[0]] <= index;
            bool isFree = Overwrites(instruction) && isLast;
            // lookups that share an operand move it to positions first, in a copy where it is needed later
            long copy = instruction is LookupMany && !isLast ? program.Values[instruction.Operands[0]].Count : 0;
            peak = Math.Max(peak, alive + copy + (isFree ? 0 : result));
            alive += result;
            foreach (int value in instruction.Operands.Concat(instruction.Results).Distinct())
                if (last[value] <= index)
                    alive -= program.Values[value].Count;
        }
        return peak;
    }

    /// <summary>The last instruction that reads each value; −1 for none, <see cref="int.MaxValue"/> for outputs.</summary>
    internal static int[] LastUses(TfheProgram program)
    {
        int[] last = new int[program.Values.Count];
        Array.Fill(last, -1);
        for (int index = 0; index < program.Instructions.Count; index++)
            foreach (int operand in program.Instructions[index].Operands)
                last[operand] = index;
        foreach (ProgramPort output in program.Outputs)
            last[output.Value] = int.MaxValue;
        return last;
    }

    /// <summary>Whether an instruction works in its operand's own memory when nothing else needs it.</summary>
    private static bool Overwrites(Instruction instruction) => instruction is Lookup or RoundExact or RoundApproximate or Shift or Reencode;
}
