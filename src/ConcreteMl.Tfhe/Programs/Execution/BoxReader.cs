namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// Finds with the client's small key which table position each lookup of an encrypted run reads: the key switch and the
/// modulus switch are functions of ciphertext and evaluation key alone, so doing them again gives the run's own decision, also
/// where a wrong one returns an equal entry.
/// </summary>
internal static unsafe class BoxReader
{
    private const int Chunk = 16;

    /// <summary>Positions in [0, 2^(p+1)) of ciphertexts whose phases were already moved by a quarter turn.</summary>
    internal static int[] Positions(
        EvaluationKey key,
        ClientKey client,
        int lookupClass,
        int tables,
        ulong* inputs,
        long count,
        TorusStep step
    )
    {
        LookupClassKey one = key.Classes[lookupClass];
        if (one.Lookup.Wide is not null)
            return Wide(one, client.Small[lookupClass], inputs, count, step.Bits);
        int smallSize = one.Lookup.SmallDimension + 1;
        int logModulus = CenteredModulusSwitch.LogModulus(one.Big, one.Lookup, tables);
        int[] positions = new int[count];
        using IKeySwitcher switcher = one.KeySwitch.Open(Chunk);
        using NativeBuffer<ulong> small = new((long)smallSize * Chunk);
        int[] switched = new int[smallSize];
        for (long first = 0; first < count; first += Chunk)
        {
            int length = (int)Math.Min(Chunk, count - first);
            switcher.Switch(inputs + first * one.Big.LweSize, length, small.Pointer);
            for (int i = 0; i < length; i++)
            {
                ReadOnlySpan<ulong> words = small.Slice((long)i * smallSize, smallSize);
                if (one.Lookup.Nu == 0)
                    CenteredModulusSwitch.Switch(words, logModulus, switched);
                else
                    CenteredModulusSwitch.Switch(words, one.Big, one.Lookup, switched);
                positions[first + i] = step.PositionOfCell(Cell(client.Small[lookupClass], switched), logModulus - 1);
            }
        }
        return positions;
    }

    /// <summary>The decrypted cell, modulo any power of two above the modulus.</summary>
    private static int Cell(BinarySecret key, ReadOnlySpan<int> switched)
    {
        int n = switched.Length - 1;
        ulong[] mask = new ulong[n];
        for (int i = 0; i < n; i++)
            mask[i] = (ulong)switched[i];
        return (int)((ulong)switched[n] - key.InnerProduct(mask));
    }

    /// <summary>Bits depend on those below them, which are extracted again.</summary>
    private static int[] Wide(LookupClassKey key, BinarySecret small, ulong* inputs, long count, int bits)
    {
        int[] positions = new int[count];
        using WideBootstrap reader = new(key, Chunk);
        for (int first = 0; first < count; first += Chunk)
        {
            int length = (int)Math.Min(Chunk, count - first);
            reader.Read(inputs + (long)first * key.Big.LweSize, bits, small, positions.AsSpan(first, length));
        }
        return positions;
    }
}
