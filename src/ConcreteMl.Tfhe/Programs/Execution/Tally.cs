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
}
