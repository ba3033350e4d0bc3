namespace ConcreteMl.Tfhe;

/// <summary>
/// The rows of a key-switching key: for input key bit i and level j an encryption of s_i * 2^(64 - j base log) under the
/// small key. Narrow keys hold the top 32 bits of every word, with masks drawn modulo 2^32.
/// </summary>
internal sealed class KeySwitchRows(ClientKey client, int lookupClass, KeyRandomness random)
{
    private readonly LookupClassParameters _lookup = client.Parameters.Classes[lookupClass];

    /// <summary>Computes the bodies of input coefficient <paramref name="index"/>, one word per level; any thread may.</summary>
    internal void Write(int index, Span<ulong> bodies)
    {
        ulong stream = KeyStream.KeySwitch(lookupClass, index);
        ulong inputBit = client.Big.Masks[index];
        bodies.Clear();
        GaussianSampler.Add(random.Noise, stream, _lookup.StandardDeviation, bodies);
        for (int level = 0; level < bodies.Length; level++)
        {
            ulong message = inputBit & _lookup.KeySwitch.Factor(level + 1);
            ulong block = (ulong)level * _lookup.KeySwitchShape.BlocksPerRow;
            bodies[level] = _lookup.UsesNarrowKeySwitchWords
                ? NarrowBody(stream, block, bodies[level], message)
                : WideBody(stream, block, bodies[level], message);
        }
    }

    private ulong NarrowBody(ulong stream, ulong block, ulong error, ulong message)
    {
        Span<uint> mask = stackalloc uint[_lookup.SmallDimension];
        random.Masks.Fill(stream, block, mask);
        uint rounded = (uint)((error + (1UL << 31)) >> 32);
        return client.Small[lookupClass].InnerProduct(mask) + rounded + (uint)(message >> 32);
    }

    private ulong WideBody(ulong stream, ulong block, ulong error, ulong message)
    {
        Span<ulong> mask = stackalloc ulong[_lookup.SmallDimension];
        random.Masks.Fill(stream, block, mask);
        return client.Small[lookupClass].InnerProduct(mask) + error + message;
    }
}
