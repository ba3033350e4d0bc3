namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// Runs a program on phases that carry the noise of an encrypted run, without keys. Equal seeds give equal results, whatever
/// the number of cores. Failures are counted, never corrected. Safe for concurrent use.
/// </summary>
public sealed class SimulateExecutor
{
    private readonly ProgramPlan _plan;
    private readonly ParameterSet _parameters;
    private readonly ulong _seed;
    private readonly NoiseModel _model;

    /// <summary>Prepares a program; noise variances follow <paramref name="model"/>, the one measured on this library when it is null.</summary>
    /// <exception cref="ArgumentException">The program is not legal or has no parameters.</exception>
    public SimulateExecutor(TfheProgram program, ulong seed, NoiseModel? model = null)
    {
        _plan = new ProgramPlan(program);
        _parameters =
            program.Parameters ?? throw new ArgumentException("the program has no parameters: it runs in clear only", nameof(program));
        _seed = seed;
        _model = model ?? NoiseModel.Measured;
    }

    /// <summary>Runs samples; each is one array of signed codes per input, row-major.</summary>
    /// <exception cref="ProgramInputException">Inputs are missing, of another size, or outside their width.</exception>
    public ExecutionResult Run(IReadOnlyList<long[][]> samples, ExecutionOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new ExecutionOptions();
        TfheProgram program = _plan.Program;
        SampleBlocks.Check(program, samples);
        int half = SampleBlocks.Lanes(program, samples.Count, options.MemoryBytes, 2);
        RowWork work = new(options.Threads, cancellation);
        StatisticsCounter counter = new(program);
        counter.Begin(samples.Count);
        ProgressMeter meter = new(program, options.Progress, (samples.Count + half - 1) / half);
        SimulationModel noise = new(_parameters, _model, new NoiseStreams(_seed, options.FirstSample));
        long[][][] outputs = new long[samples.Count][][];
        for (int first = 0; first < samples.Count; first += half)
        {
            int count = Math.Min(half, samples.Count - first);
            using SimulateMachine machine = new(_plan, half, count, first, noise, work, counter);
            for (int input = 0; input < program.Inputs.Count; input++)
                machine.Encrypt(input, SampleBlocks.Phases(program, input, samples, first, count, 2 * half));
            for (int index = 0; index < program.Instructions.Count; index++)
            {
                machine.Step(index);
                meter.Finish(index);
            }
            for (int lane = 0; lane < count; lane++)
                outputs[first + lane] = OutputCodes.Decode(
                    machine,
                    output => machine.Sent(output, lane),
                    half + lane,
                    counter,
                    first + lane
                );
        }
        return new ExecutionResult(outputs, counter.Statistics(), counter.Samples);
    }
}
