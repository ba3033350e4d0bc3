namespace ConcreteMl;

/// <summary>What a run may be told; every property has a default.</summary>
public sealed record RunOptions
{
    /// <summary>Seed of the simulated noise; default: null, a fresh one. It never reaches keys or encryption.</summary>
    public ulong? Seed { get; init; }

    /// <summary>The most threads to use; default: 0, as many as the machine has.</summary>
    public int Threads { get; init; }

    /// <summary>Where keys are kept: read when the file exists, made and written when not; default: null, keys live with the module.</summary>
    public string? KeyFile { get; init; }
}
