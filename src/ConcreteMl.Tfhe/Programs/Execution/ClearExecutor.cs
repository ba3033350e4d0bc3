namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// Runs a program in clear, on exact codes with the wrap of ciphertexts: the reference for the other executors. Works on
/// many samples at once. Safe for concurrent use.
/// </summary>
public sealed class ClearExecutor
{
    private readonly ProgramPlan _plan;

    /// <summary>Prepares a program.</summary>
    /// <exception cref="ArgumentException">The program is not legal.</exception>
    public ClearExecutor(TfheProgram program) => _plan = new ProgramPlan(program);

    /// <summary>Runs samples; each is one array of signed codes per input, row-major.</summary>
    /// <exception cref="ProgramInputException">Inputs are missing, of another size, or outside their width.</exception>
    public ExecutionResult Run(IReadOnlyList<long[][]> samples, ExecutionOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new ExecutionOptions();
        TfheProgram program = _plan.Program;
        SampleBlocks.Check(program, samples);
        int lanes = SampleBlocks.Lanes(program, samples.Count, options.MemoryBytes, 1);
        RowWork work = new(options.Threads, cancellation);
        StatisticsCounter counter = new(program);
        counter.Begin(samples.Count);
        ProgressMeter meter = new(program, options.Progress, (samples.Count + lanes - 1) / lanes);
        long[][][] outputs = new long[samples.Count][][];
        for (int first = 0; first < samples.Count; first += lanes)
        {
            int count = Math.Min(lanes, samples.Count - first);
            using ClearMachine machine = new(_plan, lanes, count, first, work, counter);
            for (int input = 0; input < program.Inputs.Count; input++)
                machine.Put(program.Inputs[input].Value, SampleBlocks.Phases(program, input, samples, first, count, lanes));
            for (int index = 0; index < program.Instructions.Count; index++)
            {
                machine.Step(index);
                meter.Finish(index);
            }
            for (int lane = 0; lane < count; lane++)
                outputs[first + lane] = OutputCodes.Decode(machine, null, lane, counter, first + lane);
        }
        return new ExecutionResult(outputs, counter.Statistics(), counter.Samples);
    }
}
