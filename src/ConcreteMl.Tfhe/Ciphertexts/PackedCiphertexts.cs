using System.Buffers.Binary;

namespace ConcreteMl.Tfhe;

/// <summary>
/// Ciphertexts as they travel: words of <see cref="ModulusBits"/> bits, mask first and body last, one ciphertext after the other,
/// packed without gaps from the lowest bit of the first byte on.
/// </summary>
public sealed class PackedCiphertexts
{
    private PackedCiphertexts(long count, int dimension, int modulusBits, int smallKey, ReadOnlyMemory<byte> bytes)
    {
        Count = count;
        Dimension = dimension;
        ModulusBits = modulusBits;
        SmallKey = smallKey;
        Bytes = bytes;
    }

    /// <summary>Number of ciphertexts.</summary>
    public long Count { get; }

    /// <summary>Mask words of one ciphertext.</summary>
    public int Dimension { get; }

    /// <summary>Bits of each word: the torus has 2^bits steps; 64 loses nothing.</summary>
    public int ModulusBits { get; }

    /// <summary>0 for the big key; i for the small key of lookup class i - 1.</summary>
    public int SmallKey { get; }

    /// <summary>The packed words.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Bytes that <paramref name="count"/> ciphertexts take.</summary>
    internal static long ByteCountOf(long count, int dimension, int modulusBits) =>
        checked((count * (dimension + 1L) * modulusBits + 7) / 8);

    /// <summary>Packs the highest bits of words, rounded to nearest.</summary>
    internal static PackedCiphertexts Pack(ReadOnlySpan<ulong> words, int dimension, int modulusBits, int smallKey)
    {
        long count = words.Length / (dimension + 1);
        byte[] bytes = new byte[ByteCountOf(count, dimension, modulusBits)];
        ulong half = modulusBits == 64 ? 0 : 1UL << (63 - modulusBits);
        if (modulusBits == 64)
            for (int index = 0; index < words.Length; index++)
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(index * sizeof(ulong)), words[index]);
        else
            for (int index = 0; index < words.Length; index++)
                Put(bytes, (long)index * modulusBits, (words[index] + half) >> (64 - modulusBits), modulusBits);
        return new PackedCiphertexts(count, dimension, modulusBits, smallKey, bytes);
    }

    /// <summary>Ciphertexts that came over the wire.</summary>
    /// <exception cref="TfheFormatException">A number is out of range or the bytes have another length.</exception>
    internal static PackedCiphertexts FromParts(long count, int dimension, int modulusBits, int smallKey, ReadOnlyMemory<byte> bytes)
    {
        if (dimension is < 1 or > 131072 || modulusBits is < 1 or > 64 || smallKey is < 0 or > 64 || count < 0)
            throw new TfheFormatException(
                $"{count} ciphertexts of dimension {dimension}, {modulusBits} bits a word, under key {smallKey} are out of range"
            );
        if (bytes.Length != ByteCountOf(count, dimension, modulusBits))
            throw new TfheFormatException($"{bytes.Length} bytes are not {count} ciphertexts of dimension {dimension}");
        return new PackedCiphertexts(count, dimension, modulusBits, smallKey, bytes);
    }

    /// <summary>Words of ciphertext <paramref name="index"/> at the top of 64-bit words, mask first and body last.</summary>
    internal void Unpack(long index, Span<ulong> words)
    {
        ReadOnlySpan<byte> bytes = Bytes.Span;
        if (ModulusBits == 64)
        {
            ReadOnlySpan<byte> whole = bytes.Slice(checked((int)(index * (Dimension + 1L) * sizeof(ulong))));
            for (int word = 0; word <= Dimension; word++)
                words[word] = BinaryPrimitives.ReadUInt64LittleEndian(whole[(word * sizeof(ulong))..]);
            return;
        }
        long bit = index * (Dimension + 1L) * ModulusBits;
        for (int word = 0; word <= Dimension; word++, bit += ModulusBits)
            words[word] = Get(bytes, bit, ModulusBits) << (64 - ModulusBits);
    }

    private static void Put(Span<byte> bytes, long bit, ulong value, int bits)
    {
        for (int done = 0; done < bits; )
        {
            int shift = (int)((bit + done) & 7);
            int taken = Math.Min(8 - shift, bits - done);
            bytes[(int)((bit + done) >> 3)] |= (byte)(((value >> done) & ((1UL << taken) - 1)) << shift);
            done += taken;
        }
    }

    private static ulong Get(ReadOnlySpan<byte> bytes, long bit, int bits)
    {
        ulong value = 0;
        for (int done = 0; done < bits; )
        {
            int shift = (int)((bit + done) & 7);
            int taken = Math.Min(8 - shift, bits - done);
            value |= (((ulong)bytes[(int)((bit + done) >> 3)] >> shift) & ((1UL << taken) - 1)) << done;
            done += taken;
        }
        return value;
    }
}
