namespace Benchmarks;

/// <summary>One measurement of lookups (key switch and bootstrap) at parameters of our own choice.</summary>
/// <param name="LookupMs">One at a time on one core, median milliseconds.</param>
/// <param name="LookupFastMs">The 10th percentile of the same.</param>
/// <param name="LookupAllMs">One at a time on all cores, median milliseconds.</param>
/// <param name="PerSecond">Batches on all cores, lookups a second.</param>
/// <param name="TwoCoreRatio">Throughput of a batch of sixteen on two threads over one.</param>
/// <param name="KeyGenerationS">The evaluation key, ready to use, seconds on all cores.</param>
/// <param name="KeyBytes">The evaluation key in memory.</param>
/// <param name="Wrong">Lookups that decrypted to another code.</param>
internal sealed record OwnTimes(
    double LookupMs,
    double LookupFastMs,
    double LookupAllMs,
    double PerSecond,
    double TwoCoreRatio,
    double KeyGenerationS,
    long KeyBytes,
    int Wrong
)
{
    private const int Batch = 16;
    private const double BudgetMs = 600.0;

    /// <summary>Makes keys and times everything once: lone lookups at parameters for them, batches at theirs.</summary>
    internal static OwnTimes Measure(OwnParameters alone, OwnParameters together, int bits)
    {
        using LookupSubject subject = new(alone.Set, bits);
        int threads = Environment.ProcessorCount;
        (double median, double fast) = subject.TimeSingle(1, BudgetMs);
        (double all, _) = subject.TimeSingle(threads, BudgetMs / 4);
        using LookupSubject batches = new(together.Set, bits);
        double perSecond = 1e3 / batches.TimeBatch(threads * Batch, threads, BudgetMs / 2);
        double ratio = batches.TwoCoreRatio(Batch, BudgetMs);
        int wrong = subject.Wrong + batches.Wrong;
        return new OwnTimes(median, fast, all, perSecond, ratio, subject.KeyGenerationS, subject.Key.ByteCount, wrong);
    }
}
