namespace ConcreteMl.Orleans;

/// <summary>How a batch is spread over the silos of a cluster.</summary>
public sealed class FheClusterOptions
{
    /// <summary>
    /// Samples of one batch that are under way on a silo at the same time. Default 2: while one is computed, the next travels.
    /// A silo with several workers takes one more than it has workers.
    /// </summary>
    public int LanesPerSilo { get; set; } = 2;

    /// <summary>
    /// How often a sample is tried, here and there, before the batch fails. Default 25: the pauses between them, which grow to
    /// five seconds, then add up to the minute and more that a cluster takes to give up a silo that has gone.
    /// </summary>
    public int Attempts { get; set; } = 25;

    /// <summary>Bytes of an evaluation key that travel in one message. Default 1 MiB, far below Orleans' bound on a message.</summary>
    public int KeyPartBytes { get; set; } = 1 << 20;
}
