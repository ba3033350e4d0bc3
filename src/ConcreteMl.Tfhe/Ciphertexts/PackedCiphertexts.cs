using System.Buffers.Binary;

namespace ConcreteMl.Tfhe;

/// <summary>
/// Ciphertexts as they travel: words of <see cref="ModulusBits"/> bits, packed without gaps from the lowest bit of the first byte on.
/// N' of them share a mask of k'N' words, which comes first; a last group that is not full has fewer bodies. With N' = 1 these are LWE
/// ciphertexts one after the other.
/// </summary>
public sealed class PackedCiphertexts
{
    private PackedCiphertexts(long count, int dimension, int modulusBits, int smallKey, int polynomialSize, ReadOnlyMemory<byte> bytes)
    {
        PolynomialSize = polynomialSize;
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

    /// <summary>0 for the big key; i for the small key of lookup class i - 1; one more than there are classes for the output key.</summary>
    public int SmallKey { get; }

    /// <summary>N', how many ciphertexts share a mask.</summary>
    public int PolynomialSize { get; }

    /// <summary>The packed words.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Bytes that <paramref name="count"/> ciphertexts take.</summary>
    internal static long ByteCountOf(long count, int dimension, int modulusBits, int polynomialSize = 1) =>
        checked(((Groups(count, polynomialSize) * dimension + count) * modulusBits + 7) / 8);

    /// <summary>
    /// Packs the highest bits of words, rounded to nearest: group by group, k'N' mask words and then the bodies.
    /// </summary>
    internal static PackedCiphertexts Pack(
        ReadOnlySpan<ulong> words,
        long count,
        int dimension,
        int modulusBits,
        int smallKey,
        int polynomialSize = 1
    )
    {
        byte[] bytes = new byte[ByteCountOf(count, dimension, modulusBits, polynomialSize)];
        ulong half = modulusBits == 64 ? 0 : 1UL << (63 - modulusBits);
        if (modulusBits == 64)
            for (int index = 0; index < words.Length; index++)
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(index * sizeof(ulong)), words[index]);
        else
            for (int index = 0; index < words.Length; index++)
                Put(bytes, (long)index * modulusBits, (words[index] + half) >> (64 - modulusBits), modulusBits);
        return new PackedCiphertexts(count, dimension, modulusBits, smallKey, polynomialSize, bytes);
    }

    /// <summary>Ciphertexts that came over the wire.</summary>
    /// <exception cref="TfheFormatException">A number is out of range or the bytes have another length.</exception>
    internal static PackedCiphertexts FromParts(
        long count,
        int dimension,
        int modulusBits,
        int smallKey,
        int polynomialSize,
        ReadOnlyMemory<byte> bytes
    )
    {
        if (!AreLegal(dimension, modulusBits, polynomialSize) || smallKey is < 0 or > 4096 || count < 0)
            throw new TfheFormatException(
                $"{count} ciphertexts of dimension {dimension}, {polynomialSize} a mask, {modulusBits} bits a word, under key {smallKey} are out of range"
            );
        if (bytes.Length != ByteCountOf(count, dimension, modulusBits, polynomialSize))
            throw new TfheFormatException($"{bytes.Length} bytes are not {count} ciphertexts of dimension {dimension}");
        return new PackedCiphertexts(count, dimension, modulusBits, smallKey, polynomialSize, bytes);
    }

    /// <summary>Whether ciphertexts can have these numbers.</summary>
    internal static bool AreLegal(long dimension, long modulusBits, long polynomialSize) =>
        dimension is >= 1 and <= 131072
        && modulusBits is >= 1 and <= 64
        && polynomialSize is >= 1 and <= 1024
        && dimension % polynomialSize == 0;

    /// <summary>
    /// Ciphertext <paramref name="index"/> as an LWE ciphertext under the key's bits in their order, at the top of 64-bit words, mask first
    /// and body last. Of a shared mask this is the sample extraction of one coefficient.
    /// </summary>
    internal void Unpack(long index, Span<ulong> words)
    {
        long group = index / PolynomialSize;
        int coefficient = (int)(index % PolynomialSize);
        long start = group * (Dimension + (long)PolynomialSize);
        words[Dimension] = Word(start + Dimension + coefficient);
        for (int polynomial = 0; polynomial < Dimension; polynomial += PolynomialSize)
        for (int power = 0; power < PolynomialSize; power++)
        {
            int other = coefficient - power;
            ulong word = Word(start + polynomial + (other < 0 ? other + PolynomialSize : other));
            words[polynomial + power] = other < 0 ? 0 - word : word;
        }
    }

    private static long Groups(long count, int polynomialSize) => (count + polynomialSize - 1) / polynomialSize;

    private ulong Word(long index) =>
        ModulusBits == 64
            ? BinaryPrimitives.ReadUInt64LittleEndian(Bytes.Span[checked((int)(index * sizeof(ulong)))..])
            : Get(Bytes.Span, index * ModulusBits, ModulusBits) << (64 - ModulusBits);

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
