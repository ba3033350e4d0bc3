using System.Globalization;
using System.Text.Json.Nodes;

namespace Benchmarks;

/// <summary>Lookups of each width at the parameters that the compiler's optimizer chooses: times, key bytes, failure bound.</summary>
internal static class LookupBenchmark
{
    private const int Narrowest = 2;
    private const int Widest = 16;
    private const int LargeBatch = 64;
    private const int SmallBatch = 16;

    // from this width on a batch of the large size takes too long
    private const int Wide = 8;

    // activations of networks have no more
    private const int MostResultBits = 8;
    private const double BudgetMs = 500.0;

    /// <summary>Runs with the options --bits, --p-error, --norm, --batch, --security and --key-switch.</summary>
    internal static int Run(BenchOptions options)
    {
        double bound = options.Probability("--p-error", Math.Pow(2.0, -40.0));
        double norm = options.Number("--norm", 1.0, least: 1.0);
        int security = options.Security("--security");
        bool fourier = options.Fourier("--key-switch");
        JsonArray widths = [];
        foreach (int bits in Widths(options.Text("--bits")))
        {
            Console.Error.WriteLine($"bench lookup: {bits} bits");
            int resultBits = Math.Min(bits, MostResultBits);
            OwnParameters Own(bool alone) => OwnParameters.Choose(bits, resultBits, norm, bound, security, fourier, alone);
            widths.Add(
                Measure(
                    bits,
                    resultBits,
                    Own(alone: false),
                    Own(alone: true),
                    options.Count("--batch", bits < Wide ? LargeBatch : SmallBatch)
                )
            );
        }
        JsonObject result = new()
        {
            ["cores"] = Environment.ProcessorCount,
            ["bound_log2"] = Math.Log2(bound),
            ["norm"] = norm,
            ["security"] = security,
            ["widths"] = widths,
        };
        Console.WriteLine(result.ToJsonString());
        return 0;
    }

    private static JsonObject Measure(int bits, int resultBits, OwnParameters own, OwnParameters alone, int batch)
    {
        int threads = Environment.ProcessorCount;
        // kernels are compiled once per process: not a part of key generation
        using (LookupSubject warm = new(own.Set, bits, resultBits)) { }
        using LookupSubject subject = new(own.Set, bits, resultBits);
        using LookupSubject lone = new(alone.Set, bits, resultBits);
        (double one, _) = lone.TimeSingle(1, BudgetMs);
        (double all, _) = lone.TimeSingle(threads, BudgetMs);
        double inBatch = subject.TimeBatch(batch, threads, BudgetMs);
        return new JsonObject
        {
            ["bits"] = bits,
            ["result_bits"] = resultBits,
            ["parameters"] = OwnParameters.Describe(own.Set),
            ["lone_parameters"] = OwnParameters.Describe(alone.Set),
            ["lookup_ms"] = one,
            ["lookup_all_cores_ms"] = all,
            ["batch"] = batch,
            ["batch_lookup_ms"] = inBatch,
            ["predicted_ms"] = alone.PredictedMs,
            ["predicted_batch_ms"] = own.PredictedMs / threads,
            ["predicted_to_measured"] = alone.PredictedMs / one,
            ["predicted_to_measured_batch"] = own.PredictedMs / threads / inBatch,
            ["failure_log2"] = own.FailureLog2,
            ["keygen_s"] = subject.KeyGenerationS,
            ["key_bytes"] = subject.Key.ByteCount,
            ["seeded_key_bytes"] = subject.SeededBytes,
            ["wrong"] = subject.Wrong + lone.Wrong,
        };
    }

    private static IEnumerable<int> Widths(string? text) =>
        text is null ? Enumerable.Range(Narrowest, Widest - Narrowest + 1) : text.Split(',').Select(Width).ToArray();

    private static int Width(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int bits) && bits is >= 1 and <= Widest
            ? bits
            : throw new ArgumentException($"--bits takes widths from 1 to {Widest}, met '{text}'");
}
