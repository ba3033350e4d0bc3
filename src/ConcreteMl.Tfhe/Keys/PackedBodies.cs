using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>
/// Bodies of the elements of a key as they are stored and sent: the highest bits of every word, without gaps from the lowest bit of an
/// element's first byte on, each element padded to a byte. Words whose low bits are zero, as keys are made, come back as they were.
/// </summary>
internal sealed unsafe class PackedBodies : IDisposable
{
    // a word is read and written through the eight bytes at its first one, and a ninth where it reaches there
    private const int Slack = 16;
    private readonly int _wordBits;

    /// <param name="elements">Number of elements.</param>
    /// <param name="words">Words of an element.</param>
    /// <param name="wordBits">Bits of a word in memory, 32 or 64; a narrow word lies in the low half of its 64 bits.</param>
    /// <param name="bits">Bits of a word that are stored, the highest ones.</param>
    internal PackedBodies(int elements, int words, int wordBits, int bits)
    {
        Words = words;
        Bits = bits;
        _wordBits = wordBits;
        ByteCount = BytesOf(elements, words, bits);
        Bytes = new NativeBuffer<byte>(ByteCount + Slack, zeroed: false);
    }

    /// <summary>Words of an element.</summary>
    internal int Words { get; }

    /// <summary>Stored bits of a word.</summary>
    internal int Bits { get; }

    /// <summary>Bytes of all elements.</summary>
    internal long ByteCount { get; }

    /// <summary>The bytes, with some behind them that belong to no element.</summary>
    internal NativeBuffer<byte> Bytes { get; }

    /// <summary>Bytes of <paramref name="elements"/> elements; nothing is allocated.</summary>
    internal static long BytesOf(long elements, long words, int bits) => elements * ((words * bits + 7) / 8);

    /// <summary>Reads the words of element <paramref name="index"/>; any thread may.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Read(int index, Span<ulong> words)
    {
        byte* start = Element(index);
        int shift = _wordBits - Bits;
        ulong mask = ulong.MaxValue >> (64 - Bits);
        long bit = 0;
        for (int i = 0; i < words.Length; i++, bit += Bits)
        {
            int skipped = (int)(bit & 7);
            ulong word = Load(start + (bit >> 3)) >> skipped;
            if (skipped + Bits > 64)
                word |= (ulong)start[(bit >> 3) + 8] << (64 - skipped);
            words[i] = (word & mask) << shift;
        }
    }

    /// <summary>Writes the words of element <paramref name="index"/>, whose bits below the stored ones are dropped; any thread may.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Write(int index, ReadOnlySpan<ulong> words)
    {
        byte* place = Element(index);
        int shift = _wordBits - Bits;
        ulong mask = ulong.MaxValue >> (64 - Bits);
        ulong waiting = 0;
        int count = 0;
        foreach (ulong word in words)
        {
            ulong value = (word >> shift) & mask;
            waiting |= value << count;
            if (count + Bits >= 64)
            {
                Store(place, waiting);
                place += sizeof(ulong);
                waiting = count == 0 ? 0 : value >> (64 - count);
                count += Bits - 64;
            }
            else
                count += Bits;
        }
        for (; count > 0; count -= 8, waiting >>= 8)
            *place++ = (byte)waiting;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => Bytes.Dispose();

    private byte* Element(int index) => Bytes.Pointer + index * BytesOf(1, Words, Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Load(byte* place)
    {
        ulong word = Unsafe.ReadUnaligned<ulong>(place);
        return BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(byte* place, ulong word) =>
        Unsafe.WriteUnaligned(place, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
}
