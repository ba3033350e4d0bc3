namespace ConcreteMl.Tfhe.Programs;

/// <summary>How a run uses the machine; never what it computes.</summary>
public sealed record ExecutionOptions
{
    /// <summary>Cores to use, at least 1.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Told after every instruction, and within long ones; from the thread that runs.</summary>
    public IProgress<ExecutionProgress>? Progress { get; init; }

    /// <summary>Bytes of values that samples processed together may take; one sample always runs.</summary>
    public long MemoryBytes { get; init; } = 1L << 30;

    /// <summary>Number of the first sample: a simulated run in pieces draws the same noise as the same run at once.</summary>
    public long FirstSample { get; init; }

    /// <summary>Other machines that compute ranges of large layers; null for none.</summary>
    internal RangeHelpers? Helpers { get; init; }
}
