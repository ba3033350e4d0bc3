namespace ConcreteMl;

/// <summary>What a tuning may be told beside the target; every property has a default.</summary>
public sealed record TuneOptions
{
    /// <summary>
    /// How long the search may take; default: two minutes. What it has found by then is taken; a search that ends by itself finds the same
    /// on every machine.
    /// </summary>
    public TimeSpan Budget { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The seed of the simulated noise; default: 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Cores that times are predicted for; default: 0, all of this machine.</summary>
    public int Cores { get; init; }

    /// <summary>Whether approximate rounding is among the settings; default: true. A strict compilation has none in any case.</summary>
    public bool Approximate { get; init; } = true;
}
