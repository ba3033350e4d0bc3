namespace ConcreteMl.Tfhe;

/// <summary>What one evaluation key is drawn from: public masks, whose seed a stored key keeps, and secret noise.</summary>
internal sealed class KeyRandomness : IDisposable
{
    private readonly byte[] _seed = new byte[AesCounterGenerator.SeedBytes];

    internal KeyRandomness(SeedSource source)
    {
        source.Fill(_seed);
        Masks = new AesCounterGenerator(_seed);
        Noise = SecretGenerator.Create(source);
    }

    /// <summary>The public seed of <see cref="Masks"/>.</summary>
    internal ReadOnlySpan<byte> Seed => _seed;

    /// <summary>All masks.</summary>
    internal AesCounterGenerator Masks { get; }

    /// <summary>The errors of all bodies.</summary>
    internal AesCounterGenerator Noise { get; }

    /// <summary>Frees and wipes the generators.</summary>
    public void Dispose()
    {
        Masks.Dispose();
        Noise.Dispose();
    }
}
