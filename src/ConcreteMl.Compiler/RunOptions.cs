namespace ConcreteMl;

/// <summary>What a run may be told; every property has a default.</summary>
public sealed record RunOptions
{
    /// <summary>Seed of the simulated noise; default: null, a fresh one. It never reaches keys or encryption.</summary>
    public ulong? Seed { get; init; }

    /// <summary>The most threads to use; default: 0, as many as the machine has.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// Samples of an encrypted run that go through the circuit together, as far as memory allows; default: 1, each as soon as the one before
    /// it is done. More share the fetching of keys and leave no core without work; a sample's time is then its share of the batch's.
    /// </summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>Where keys are kept: read when the file exists, made and written when not; default: null, keys live with the module.</summary>
    public string? KeyFile { get; init; }
}
