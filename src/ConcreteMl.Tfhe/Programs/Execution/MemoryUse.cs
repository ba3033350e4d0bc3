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
            long result = program.Values[instruction.Result].Count;
            bool isFree = Overwrites(instruction) && last[instruction.Operands[0]] <= index;
            peak = Math.Max(peak, alive + (isFree ? 0 : result));
            alive += result;
            foreach (int value in instruction.Operands.Append(instruction.Result).Distinct())
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
