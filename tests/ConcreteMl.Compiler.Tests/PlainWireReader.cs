using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ConcreteMl.Compiler.Tests;

/// <summary>
/// A second reader of frames, written from docs/wire-format.md alone, with nothing of the product: what it opens, a client in
/// another language could.
/// </summary>
internal sealed class PlainWireReader
{
    private const int PrefixBytes = 28;
    private const int ChecksumBytes = 32;

    internal PlainWireReader(byte[] frame)
    {
        if (
            !frame.AsSpan(0, 8).SequenceEqual("CMLWIRE\n"u8)
            || !SHA256.HashData(frame.AsSpan(..^ChecksumBytes)).SequenceEqual(frame[^ChecksumBytes..])
        )
            throw new InvalidDataException("no frame, or a damaged one");
        Kind = BinaryPrimitives.ReadUInt16LittleEndian(frame.AsSpan(12));
        int header = BinaryPrimitives.ReadInt32LittleEndian(frame.AsSpan(16));
        Header = Fields(frame.AsSpan(PrefixBytes, header));
        Payload = frame[(PrefixBytes + header)..^ChecksumBytes];
    }

    internal int Kind { get; }

    /// <summary>Fields of the header by number: numbers, or bytes.</summary>
    internal ILookup<int, object> Header { get; }

    internal byte[] Payload { get; }

    /// <summary>Fields of a protobuf message that has numbers, bytes and 64-bit words.</summary>
    internal static ILookup<int, object> Fields(ReadOnlySpan<byte> message)
    {
        List<(int Number, object Value)> fields = [];
        while (message.Length > 0)
        {
            ulong tag = Number(ref message);
            object value;
            switch (tag & 7)
            {
                case 0:
                    value = Number(ref message);
                    break;
                case 1:
                    value = BinaryPrimitives.ReadDoubleLittleEndian(message);
                    message = message[8..];
                    break;
                default:
                    int length = (int)Number(ref message);
                    value = message[..length].ToArray();
                    message = message[length..];
                    break;
            }

            fields.Add(((int)(tag >> 3), value));
        }

        return fields.ToLookup(field => field.Number, field => field.Value);
    }

    /// <summary>Bit i of a packed key.</summary>
    internal static ulong Bit(byte[] packed, int index) => (ulong)(packed[index / 8] >> (index % 8)) & 1;

    /// <summary>Word number <paramref name="index"/> of those packed from the lowest bit on, at the top of 64 bits.</summary>
    internal static ulong Word(byte[] packed, int index, int bits)
    {
        ulong word = 0;
        for (int bit = 0; bit < bits; bit++)
            word |= Bit(packed, (index * bits) + bit) << (64 - bits + bit);
        return word;
    }

    /// <summary>Words of a mask stream: block j of stream s is AES-128 of (s, j), both big-endian, as two little-endian words.</summary>
    internal static ulong[] Mask(byte[] seed, ulong stream, int words)
    {
        using Aes aes = Aes.Create();
        aes.Key = seed;
        byte[] counters = new byte[8 * words];
        for (int block = 0; block < words / 2; block++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(counters.AsSpan(16 * block), stream);
            BinaryPrimitives.WriteUInt64BigEndian(counters.AsSpan((16 * block) + 8), (ulong)block);
        }

        byte[] mask = aes.EncryptEcb(counters, PaddingMode.None);
        return [.. Enumerable.Range(0, words).Select(word => BinaryPrimitives.ReadUInt64LittleEndian(mask.AsSpan(8 * word)))];
    }

    /// <summary>The signed code of a phase: the nearest multiple of 2^(64 - bits), for bits that include the padding bit.</summary>
    internal static long Code(ulong phase, int bits)
    {
        int shift = 63 - bits;
        return (long)(phase + (1UL << (shift - 1))) >> shift;
    }

    /// <summary>b - (a, s).</summary>
    internal static ulong Phase(ReadOnlySpan<ulong> mask, ulong body, byte[] key)
    {
        ulong phase = body;
        for (int index = 0; index < mask.Length; index++)
            phase -= mask[index] * Bit(key, index);
        return phase;
    }

    private static ulong Number(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = bytes[0];
            bytes = bytes[1..];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }
    }
}
