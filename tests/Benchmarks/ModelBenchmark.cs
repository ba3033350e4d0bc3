using System.Diagnostics;
using System.Text.Json.Nodes;
using ConcreteMl;
using ConcreteMl.Data;
using ConcreteMl.Running;
using ConcreteMl.Tfhe.Programs;

namespace Benchmarks;

/// <summary>Whole encrypted inferences of an artefact, one sample after the other on all cores, beside what its report predicts.</summary>
internal static class ModelBenchmark
{
    private const int DefaultSamples = 4;
    private const int ThroughputRounds = 3;
    private const int Seed = 20240607;
    private const int ReferenceBits = 4;
    private const double ReferenceNorm = 5.0;
    private const int ReferenceBatch = 32;
    private const double ReferenceBudgetMs = 500.0;

    /// <summary>Runs with an artefact and the options --input, --samples, --batch and --yardstick.</summary>
    internal static int Run(BenchOptions options)
    {
        if (options.Plain.Count != 1)
            throw new ArgumentException("model takes one artefact");
        int count = options.Count("--samples", DefaultSamples);
        try
        {
            using QuantizedModule module = QuantizedModule.Load(options.Plain[0]);
            Samples samples = options.Text("--input") is { } file
                ? new SampleBinder(module.Inputs, file).Bind(NpzFile.Load(file), count)
                : Random(module.Program, count);
            JsonObject result = Measure(module, samples);
            if (options.Count("--batch", 1) is > 1 and int batch)
                Together(result, module, samples, batch);
            Calibrate(result, options.Yardstick("--yardstick"));
            Console.WriteLine(result.ToJsonString());
            return 0;
        }
        catch (CompilationException refusal)
        {
            foreach (Diagnostic finding in refusal.Diagnostics)
                Console.Error.WriteLine(finding);
            return 1;
        }
    }

    private static JsonObject Measure(QuantizedModule module, Samples samples)
    {
        ModuleRun clear = module.Run(samples, FheMode.Disable, new RunOptions(), null, CancellationToken.None);
        ModuleRun encrypted = module.Run(samples, FheMode.Execute, new RunOptions(), null, CancellationToken.None);
        EncryptedTimes times = encrypted.Encrypted!;
        int cores = Environment.ProcessorCount;
        CircuitReport report = module.Report.OnCores(cores);
        double first = times.RunSeconds[0];
        double later = times.RunSeconds.Skip(1).DefaultIfEmpty(first).Median();
        using Process process = Process.GetCurrentProcess();
        return new JsonObject
        {
            ["cores"] = cores,
            ["samples"] = times.RunSeconds.Count,
            ["lookups"] = report.Lookups,
            ["bootstraps"] = report.Bootstraps,
            ["p_error"] = report.PError,
            ["parameters"] = new JsonArray([.. report.Parameters.Select(line => (JsonNode)line)]),
            ["keygen_s"] = times.KeygenSeconds,
            ["encrypt_s"] = times.EncryptSeconds.Median(),
            ["first_run_s"] = first,
            ["later_run_s"] = later,
            ["run_s"] = new JsonArray([.. times.RunSeconds.Select(seconds => (JsonNode)seconds)]),
            ["decrypt_s"] = times.DecryptSeconds.Median(),
            ["predicted_run_s"] = report.PredictedSeconds,
            ["predicted_to_measured"] = report.PredictedSeconds / later,
            ["predicted_keygen_s"] = report.PredictedKeySeconds,
            ["evaluation_key_bytes"] = times.EvaluationKeyBytes,
            ["predicted_peak_bytes"] = report.PeakBytes,
            ["peak_memory_bytes"] = process.PeakWorkingSet64,
            ["outputs_equal_to_clear"] = EqualCodes(clear, encrypted),
        };
    }

    /// <summary>The same samples in batches beside one after the other, in alternation: what running together gains.</summary>
    private static void Together(JsonObject result, QuantizedModule module, Samples samples, int batch)
    {
        List<double> alone = [];
        List<double> together = [];
        for (int round = 0; round < ThroughputRounds; round++)
        {
            alone.Add(SecondsEach(module, samples, 1));
            together.Add(SecondsEach(module, samples, batch));
        }

        result["batch"] = batch;
        result["single_samples_per_s"] = 1.0 / alone.Median();
        result["batch_samples_per_s"] = 1.0 / together.Median();
        result["batch_gain"] = alone.Zip(together, (one, other) => one / other).Median();
    }

    private static double SecondsEach(QuantizedModule module, Samples samples, int batch)
    {
        RunOptions options = new() { BatchSize = batch };
        return module.Run(samples, FheMode.Execute, options, null, CancellationToken.None).Encrypted!.RunSeconds.Average();
    }

    /// <summary>
    /// How this machine, in this minute, compares with the one that predictions were fitted on: measured over predicted time of
    /// one kind of lookup that serves all models; and the peer's bootstrap, which carries times over to other machines.
    /// </summary>
    private static void Calibrate(JsonObject result, Yardstick? yardstick)
    {
        int threads = Environment.ProcessorCount;
        OwnParameters reference = OwnParameters.Choose(
            ReferenceBits,
            ReferenceBits,
            ReferenceNorm,
            Math.Pow(2.0, -40.0),
            security: 132,
            fourier: true,
            alone: true
        );
        using LookupSubject subject = new(reference.Set, ReferenceBits);
        double factor = subject.TimeBatch(ReferenceBatch, threads, ReferenceBudgetMs) * threads / reference.PredictedMs;
        result["machine_factor"] = factor;
        result["calibrated_to_measured"] = (double?)result["predicted_to_measured"] * factor;
        if (yardstick is not null)
            result["yardstick_2_2_pbs_ms"] = yardstick.Run(PeerSet.Parse("2_2")[0]).PbsMs;
    }

    /// <summary>Whether all decrypted codes are those of the clear run; approximate rounding may differ by one.</summary>
    private static bool EqualCodes(ModuleRun clear, ModuleRun encrypted) =>
        clear.Codes.Zip(encrypted.Codes).All(pair => pair.First.Codes.SequenceEqual(pair.Second.Codes));

    /// <summary>Real inputs of random codes within the artefact's own input codings; the same every time.</summary>
    private static Samples Random(TfheProgram program, int count)
    {
        Random random = new(Seed);
        IReadOnlyList<Tensor> Sample() => [.. program.Inputs.Select(port => Draw(program, port, random))];
        return new Samples([.. Enumerable.Range(0, count).Select(_ => Sample())], SampleLayout.Batch);
    }

    private static Tensor Draw(TfheProgram program, ProgramPort port, Random random)
    {
        int[] shape = program.Values[port.Value].Shape;
        ProgramCoding coding = port.Coding;
        long[] codes =
        [
            .. Enumerable.Range(0, (int)program.Values[port.Value].Count).Select(_ => random.NextInt64(coding.Low, coding.High + 1)),
        ];
        ElementType element = Enum.Parse<ElementType>(coding.Element.ToString());
        return Elements.FromDoubles(element, shape, new Quantizer(program, port).Dequantize(codes));
    }
}
