using System.Buffers.Binary;
using System.Security.Cryptography;
using Google.Protobuf;

namespace ConcreteMl.Tfhe.Programs;

/// <summary>Fixed-size fields of stored messages as little-endian bytes.</summary>
internal static class WireWords
{
    private const int KeyBytes = 16;

    internal static ByteString Bytes(KeyId key)
    {
        byte[] bytes = new byte[KeyBytes];
        BinaryPrimitives.WriteUInt128LittleEndian(bytes, key.Value);
        return ByteString.CopyFrom(bytes);
    }

    internal static ByteString Bytes(ReadOnlySpan<ulong> words)
    {
        byte[] bytes = new byte[checked(words.Length * sizeof(ulong))];
        for (int index = 0; index < words.Length; index++)
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(index * sizeof(ulong)), words[index]);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    internal static KeyId Key(ByteString bytes, string what) =>
        bytes.Length == KeyBytes
            ? new KeyId(BinaryPrimitives.ReadUInt128LittleEndian(bytes.Span))
            : throw new TfheFormatException($"{what} names its key by {bytes.Length} bytes, expected {KeyBytes}");

    internal static byte[] Hash(ByteString bytes, string what) =>
        bytes.Length == SHA256.HashSizeInBytes
            ? bytes.ToByteArray()
            : throw new TfheFormatException($"{what} has a circuit hash of {bytes.Length} bytes, expected 32");

    internal static ulong[] Words(ReadOnlySpan<byte> bytes, string what)
    {
        if (bytes.Length % sizeof(ulong) != 0)
            throw new TfheFormatException($"{what} has {bytes.Length} bytes of ciphertext, no multiple of 8");
        ulong[] words = new ulong[bytes.Length / sizeof(ulong)];
        for (int index = 0; index < words.Length; index++)
            words[index] = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(index * sizeof(ulong))..]);
        return words;
    }
}
