namespace ConcreteMl.Orleans;

/// <summary>A sample of a batch.</summary>
internal sealed class BatchSample(int index)
{
    internal int Index => index;

    /// <summary>The name of its run, wherever it is tried.</summary>
    internal Guid Run { get; } = Guid.NewGuid();

    /// <summary>How often it was tried and failed.</summary>
    internal int Failures { get; set; }
}
