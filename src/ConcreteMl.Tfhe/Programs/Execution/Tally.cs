namespace ConcreteMl.Tfhe.Programs;

/// <summary>Events of one piece of work, counted by one core.</summary>
internal struct Tally
{
    internal long Bootstraps;
    internal long Failures;
    internal long OffByOnes;
    internal long Overflows;

    internal void Add(in Tally other)
    {
        Bootstraps += other.Bootstraps;
        Failures += other.Failures;
        OffByOnes += other.OffByOnes;
        Overflows += other.Overflows;
    }

    /// <summary>The same where other cores may add at the same time.</summary>
    internal void AddShared(in Tally other)
    {
        AddShared(ref Bootstraps, other.Bootstraps);
        AddShared(ref Failures, other.Failures);
        AddShared(ref OffByOnes, other.OffByOnes);
        AddShared(ref Overflows, other.Overflows);
    }

    private static void AddShared(ref long total, long count)
    {
        if (count != 0)
            Interlocked.Add(ref total, count);
    }
}
