namespace ConcreteMl.Tfhe;

/// <summary>Fresh ciphertexts in their compact form: one public 128-bit seed, from which all masks follow, and a body each.</summary>
public sealed class SeededLweCiphertexts
{
    private readonly byte[] _seed;
    private readonly ulong[] _bodies;

    internal SeededLweCiphertexts(KeyId keyId, int dimension, byte[] seed, ulong[] bodies)
    {
        KeyId = keyId;
        Dimension = dimension;
        _seed = seed;
        _bodies = bodies;
    }

    /// <summary>Name of the client key that encrypted.</summary>
    public KeyId KeyId { get; }

    /// <summary>Mask words of one expanded ciphertext, kN.</summary>
    public int Dimension { get; }

    /// <summary>Number of ciphertexts.</summary>
    public int Count => _bodies.Length;

    /// <summary>Words that <see cref="Expand(Span{ulong})"/> writes.</summary>
    public long ExpandedLength => (long)Count * (Dimension + 1);

    /// <summary>The public seed, 16 bytes.</summary>
    public ReadOnlySpan<byte> Seed => _seed;

    /// <summary>The bodies, one word per ciphertext.</summary>
    public ReadOnlySpan<ulong> Bodies => _bodies;

    /// <summary>Rebuilds ciphertexts that came over the wire.</summary>
    /// <exception cref="TfheFormatException">The seed does not have 16 bytes or the dimension is out of range.</exception>
    public static SeededLweCiphertexts FromParts(KeyId keyId, int dimension, ReadOnlySpan<byte> seed, ReadOnlySpan<ulong> bodies)
    {
        if (seed.Length != AesCounterGenerator.SeedBytes)
            throw new TfheFormatException($"a ciphertext seed has 16 bytes, met {seed.Length}");
        if (dimension is < 1 or > 6 * 65536)
            throw new TfheFormatException($"ciphertext dimension {dimension} is out of range");
        return new SeededLweCiphertexts(keyId, dimension, seed.ToArray(), bodies.ToArray());
    }

    /// <summary>Writes all ciphertexts, mask first and body last, <see cref="Dimension"/> + 1 words each.</summary>
    public void Expand(Span<ulong> destination)
    {
        if (destination.Length != ExpandedLength)
            throw new ArgumentException($"expected {ExpandedLength} words, met {destination.Length}", nameof(destination));
        using AesCounterGenerator masks = new(_seed);
        for (int i = 0; i < Count; i++)
            Expand(masks, i, destination.Slice(i * (Dimension + 1), Dimension + 1));
    }

    /// <summary>Writes ciphertext <paramref name="index"/> alone, <see cref="Dimension"/> + 1 words.</summary>
    public void ExpandOne(int index, Span<ulong> destination)
    {
        using AesCounterGenerator masks = new(_seed);
        Expand(masks, index, destination);
    }

    private void Expand(AesCounterGenerator masks, int index, Span<ulong> destination)
    {
        masks.Fill((ulong)index, 0, destination[..Dimension]);
        destination[Dimension] = _bodies[index];
    }
}
