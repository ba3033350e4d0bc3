namespace ConcreteMl.Tfhe.Programs;

/// <summary>Counts events of a run from many cores.</summary>
internal sealed class StatisticsCounter(TfheProgram program)
{
    private readonly long[] _bootstraps = new long[Slots(program)];
    private readonly long[] _failures = new long[Slots(program)];
    private readonly long[] _offByOnes = new long[Slots(program)];
    private readonly long[] _overflows = new long[Slots(program)];

    /// <summary>Adds the tally of a piece of work to an instruction.</summary>
    internal void Add(int instruction, in Tally tally)
    {
        Interlocked.Add(ref _bootstraps[instruction], tally.Bootstraps);
        Interlocked.Add(ref _failures[instruction], tally.Failures);
        Interlocked.Add(ref _offByOnes[instruction], tally.OffByOnes);
        Interlocked.Add(ref _overflows[instruction], tally.Overflows);
    }

    /// <summary>Adds the tally of a piece of work to an output.</summary>
    internal void AddOutput(int output, in Tally tally) => Add(program.Instructions.Count + output, tally);

    internal ExecutionStatistics Statistics()
    {
        List<InstructionStatistics> parts = [];
        for (int index = 0; index < program.Instructions.Count; index++)
            if (program.Instructions[index] is Lookup or RoundExact or RoundApproximate)
                parts.Add(Part(index, index, program.Instructions[index].Operation, program.Instructions[index].Origin));
        for (int output = 0; output < program.Outputs.Count; output++)
            parts.Add(Part(program.Instructions.Count + output, -1, "Output", program.Outputs[output].Name));
        return new ExecutionStatistics(parts);
    }

    private static int Slots(TfheProgram program) => program.Instructions.Count + program.Outputs.Count;

    private InstructionStatistics Part(int slot, int instruction, string operation, string origin) =>
        new(instruction, operation, origin, _bootstraps[slot], _failures[slot], _offByOnes[slot], _overflows[slot]);
}
