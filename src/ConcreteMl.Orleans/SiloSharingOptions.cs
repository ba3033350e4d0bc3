namespace ConcreteMl.Orleans;

/// <summary>How a silo that computes a sample lets idle silos help with large layers.</summary>
public sealed class SiloSharingOptions
{
    /// <summary>
    /// Other silos that may help with one sample: those that follow in the key's own order. Each gets the evaluation key once. Default 3;
    /// with 0 a sample stays on its silo.
    /// </summary>
    public int Helpers { get; set; } = 3;

    /// <summary>
    /// The fewest lookups of a layer that are shared. Default 256: about a second of two cores, and 4 MiB of ciphertexts there and back.
    /// </summary>
    public int LeastLookups { get; set; } = 256;
}
