using System.Diagnostics;
using ConcreteMl.Data;
using ConcreteMl.Tfhe;
using ConcreteMl.Tfhe.Programs;

namespace ConcreteMl.Running;

/// <summary>Runs a program in the three modes.</summary>
internal sealed class ModuleRunner(TfheProgram program, ModuleClient client)
{
    private readonly Lazy<ClearExecutor> clear = new(() => new ClearExecutor(program));

    /// <summary>Codes to codes in clear or simulated; with what was counted on the way.</summary>
    internal ExecutionResult Integers(
        long[][][] codes,
        FheMode mode,
        RunOptions options,
        IProgress<RunProgress>? progress,
        CancellationToken cancellation
    )
    {
        ExecutionOptions execution = Execution(options, progress);
        return mode == FheMode.Simulate
            ? new SimulateExecutor(program, options.Seed ?? FreshSeed()).Run(codes, execution, cancellation)
            : clear.Value.Run(codes, execution, cancellation);
    }

    /// <summary>Codes to codes on ciphertexts, batch after batch, each step timed; samples of a batch share its time alike.</summary>
    internal (IReadOnlyList<long[][]> Codes, EncryptedTimes Times) Encrypted(
        IReadOnlyList<Func<long[][]>> samples,
        ModuleKeys keys,
        RunOptions options,
        LookupObserver? observer,
        IProgress<RunProgress>? progress,
        CancellationToken cancellation
    )
    {
        EncryptedExecutor executor = new(program, keys.Evaluation);
        List<long[][]> outputs = [];
        List<double> encrypt = [];
        List<double> run = [];
        List<double> decrypt = [];
        foreach (Func<long[][]>[] batch in samples.Chunk(options.BatchSize))
        {
            ExecutionOptions execution = Execution(options, new BatchProgress(progress, outputs.Count, batch.Length, samples.Count));
            List<EncryptedSample> inputs = [];
            Stopwatch watch = Stopwatch.StartNew();
            foreach (Func<long[][]> codes in batch)
            {
                watch.Restart();
                inputs.Add(client.Program.Encrypt(keys.Client, codes()));
                encrypt.Add(watch.Elapsed.TotalSeconds);
            }

            watch.Restart();
            IReadOnlyList<EncryptedResult> results = executor.Run(inputs, execution, observer, cancellation);
            run.AddRange(Enumerable.Repeat(watch.Elapsed.TotalSeconds / batch.Length, batch.Length));
            foreach (EncryptedResult result in results)
            {
                watch.Restart();
                outputs.Add(client.Program.Decrypt(keys.Client, result));
                decrypt.Add(watch.Elapsed.TotalSeconds);
            }
        }

        return (outputs, new EncryptedTimes(keys.Seconds, keys.Cached, keys.StoredBytes, encrypt, run, decrypt));
    }

    /// <summary>
    /// The three modes side by side on samples as the circuit takes them, and the circuit's own evaluation, which gives the codes of all
    /// samples.
    /// </summary>
    internal ModuleComparison Compare(
        Samples samples,
        ModuleKeys keys,
        CircuitReport report,
        Func<Samples, IReadOnlyList<Tensor>> circuit,
        RunOptions options,
        IProgress<RunProgress>? progress,
        CancellationToken cancellation
    )
    {
        ClipCount clips = new(client.CircuitInputs);
        long[][][] codes = client.Quantize(samples, clips);
        ExecutionResult exact = Integers(codes, FheMode.Disable, options, null, cancellation);
        ExecutionResult simulated = Integers(codes, FheMode.Simulate, options, null, cancellation);
        LookupObserver observer = new(program, keys.Client);
        (IReadOnlyList<long[][]> decrypted, EncryptedTimes times) = Encrypted(
            [.. codes.Select(sample => (Func<long[][]>)(() => sample))],
            keys,
            options,
            observer,
            progress,
            cancellation
        );
        SampleComparison[] compared = new SampleComparison[codes.Length];
        for (int index = 0; index < compared.Length; index++)
        {
            compared[index] = new SampleComparison(
                Same(exact.Outputs[index], simulated.Outputs[index]) || IsOffByOnesAlone(simulated.Samples[index]),
                Same(exact.Outputs[index], decrypted[index]) || IsOffByOnesAlone(observer.Samples[index]),
                times.EncryptSeconds[index],
                times.RunSeconds[index],
                times.DecryptSeconds[index]
            );
        }

        IReadOnlyList<IntegerTensor> wanted = client.JoinOutputs(exact.Outputs, samples.Layout);
        bool same = wanted.Zip(circuit(samples)).All(pair => pair.First.Data.AsSpan().SequenceEqual((long[])pair.Second.Data));
        ProgramCost cost = ProgramCost.Of(program);
        return new ModuleComparison(
            compared,
            same,
            cost.Lookups * compared.Length,
            cost.Bootstraps,
            observer.Statistics.LookupFailures,
            simulated.Statistics.LookupFailures,
            FailureExpectation.Of(report, program, compared.Length),
            observer.Statistics.OffByOnes,
            simulated.Statistics.OffByOnes,
            exact.Statistics.RangeOverflows,
            clips.Found,
            keys.Seconds,
            keys.StoredBytes
        );
    }

    // Off-by-ones of approximate rounding do not count as different.
    private static bool IsOffByOnesAlone(SampleStatistics sample) => sample is { OffByOnes: > 0, LookupFailures: 0 };

    private static bool Same(long[][] left, long[][] right) => left.Zip(right).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));

    private static ExecutionOptions Execution(RunOptions options, IProgress<RunProgress>? progress) =>
        new()
        {
            Threads = options.Threads > 0 ? options.Threads : Environment.ProcessorCount,
            Progress = progress is null ? null : new LayerProgress(progress),
        };

    // Simulated noise is no secret; a fresh seed only keeps runs from repeating each other.
    private static ulong FreshSeed() => (ulong)Random.Shared.NextInt64();

    private sealed class LayerProgress(IProgress<RunProgress> progress) : IProgress<ExecutionProgress>
    {
        public void Report(ExecutionProgress value) => progress.Report(new RunProgress(value.Origin, value.Fraction));
    }

    private sealed class BatchProgress(IProgress<RunProgress>? progress, int first, int size, int samples) : IProgress<RunProgress>
    {
        public void Report(RunProgress value) => progress?.Report(value with { Fraction = (first + size * value.Fraction) / samples });
    }
}
