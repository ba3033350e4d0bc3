namespace ConcreteMl.Tfhe.Programs;

/// <summary>What happened to one sample of a run: tells a difference that off-by-ones explain from one that they do not.</summary>
/// <param name="LookupFailures">Failed lookups, bit extractions and decodings.</param>
/// <param name="OffByOnes">Approximate roundings that came out one step off.</param>
/// <param name="RangeOverflows">Operands and outputs outside their width.</param>
public readonly record struct SampleStatistics(long LookupFailures, long OffByOnes, long RangeOverflows);
