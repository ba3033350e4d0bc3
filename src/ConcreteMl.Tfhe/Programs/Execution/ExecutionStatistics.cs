namespace ConcreteMl.Tfhe.Programs;

/// <summary>What happened in a run: per instruction and in total.</summary>
/// <param name="Parts">Lookups, roundings and outputs, in program order.</param>
public sealed record ExecutionStatistics(IReadOnlyList<InstructionStatistics> Parts)
{
    /// <summary>Bootstraps of all samples.</summary>
    public long Bootstraps => Parts.Sum(part => part.Bootstraps);

    /// <summary>Failed lookups, bit extractions and decodings of all samples.</summary>
    public long LookupFailures => Parts.Sum(part => part.LookupFailures);

    /// <summary>Approximate roundings that came out one step off, of all samples.</summary>
    public long OffByOnes => Parts.Sum(part => part.OffByOnes);

    /// <summary>Operands and outputs outside their width, of all samples.</summary>
    public long RangeOverflows => Parts.Sum(part => part.RangeOverflows);
}
