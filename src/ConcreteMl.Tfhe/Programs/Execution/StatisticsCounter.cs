namespace ConcreteMl.Tfhe.Programs;

/// <summary>Counts events of a run from many cores.</summary>
internal sealed class StatisticsCounter(TfheProgram program)
{
    private readonly long[] _bootstraps = new long[Slots(program)];
    private readonly long[] _failures = new long[Slots(program)];
    private readonly long[] _offByOnes = new long[Slots(program)];
    private readonly long[] _overflows = new long[Slots(program)];

    private Tally[] _samples = [];

    /// <summary>What happened to each sample so far.</summary>
    internal IReadOnlyList<SampleStatistics> Samples =>
        [.. _samples.Select(one => new SampleStatistics(one.Failures, one.OffByOnes, one.Overflows))];

    /// <summary>Makes room for more samples; the number of the first.</summary>
    internal int Begin(int samples)
    {
        int first = _samples.Length;
        Array.Resize(ref _samples, first + samples);
        return first;
    }

    /// <summary>Adds the tallies of a piece of work on an instruction, one per sample from <paramref name="firstSample"/> on.</summary>
    internal void Add(int instruction, int firstSample, ReadOnlySpan<Tally> tallies)
    {
        Tally sum = default;
        for (int lane = 0; lane < tallies.Length; lane++)
        {
            sum.Add(tallies[lane]);
            _samples[firstSample + lane].AddShared(tallies[lane]);
        }
        Interlocked.Add(ref _bootstraps[instruction], sum.Bootstraps);
        Interlocked.Add(ref _failures[instruction], sum.Failures);
        Interlocked.Add(ref _offByOnes[instruction], sum.OffByOnes);
        Interlocked.Add(ref _overflows[instruction], sum.Overflows);
    }

    /// <summary>Adds the tally of one sample to an output.</summary>
    internal void AddOutput(int output, int sample, Tally tally) =>
        Add(program.Instructions.Count + output, sample, new ReadOnlySpan<Tally>(in tally));

    internal ExecutionStatistics Statistics()
    {
        List<InstructionStatistics> parts = [];
        for (int index = 0; index < program.Instructions.Count; index++)
            if (program.Instructions[index] is Lookup or LookupMany or RoundExact or RoundApproximate)
                parts.Add(Part(index, index, program.Instructions[index].Operation, program.Instructions[index].Origin));
        for (int output = 0; output < program.Outputs.Count; output++)
            parts.Add(Part(program.Instructions.Count + output, -1, "Output", program.Outputs[output].Name));
        return new ExecutionStatistics(parts);
    }

    private static int Slots(TfheProgram program) => program.Instructions.Count + program.Outputs.Count;

    private InstructionStatistics Part(int slot, int instruction, string operation, string origin) =>
        new(instruction, operation, origin, _bootstraps[slot], _failures[slot], _offByOnes[slot], _overflows[slot]);
}
