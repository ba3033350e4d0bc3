using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// The frame around a stored message: 4 bytes of magic, format version (u32), payload length (u64), SHA-256 of the payload,
/// payload. Little-endian. The hash finds damage; it authenticates nothing.
/// </summary>
internal static class FramedMessage
{
    private const int HeaderBytes = 4 + 4 + 8 + SHA256.HashSizeInBytes;
    private const int Chunk = 1 << 20;

    internal static void Write(Stream stream, ReadOnlySpan<byte> magic, uint version, ReadOnlySpan<byte> payload)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], version);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], (ulong)payload.Length);
        SHA256.HashData(payload, header[16..]);
        stream.Write(header);
        stream.Write(payload);
    }

    /// <summary>The payload of <paramref name="what"/>; memory grows with the bytes that arrive, not with the claimed length.</summary>
    /// <exception cref="TfheFormatException">Other magic, other version, truncation or damage.</exception>
    internal static byte[] Read(Stream stream, ReadOnlySpan<byte> magic, uint version, string what)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        int met = ReadFully(stream, header);
        if (met < 4 || !header[..4].SequenceEqual(magic))
            throw new TfheFormatException($"the data is not {what}: it starts with other bytes");
        if (met < HeaderBytes)
            throw new TfheFormatException($"{what} is truncated: {met} of {HeaderBytes} header bytes");
        uint metVersion = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        if (metVersion != version)
            throw new TfheFormatException($"{what} has format version {metVersion}; this version reads {version}");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(header[8..]);
        if (length > (ulong)Array.MaxLength)
            throw new TfheFormatException($"{what} claims {length} bytes, more than any file of this format has");
        byte[] payload = ReadPayload(stream, (int)length, what);
        if (!SHA256.HashData(payload).AsSpan().SequenceEqual(header[16..]))
            throw new TfheFormatException($"{what} is damaged: its bytes do not match their hash");
        return payload;
    }

    private static byte[] ReadPayload(Stream stream, int length, string what)
    {
        byte[] payload = new byte[Math.Min(length, Chunk)];
        int filled = 0;
        while (filled < length)
        {
            if (filled == payload.Length)
                Array.Resize(ref payload, (int)Math.Min(length, 2L * payload.Length));
            int read = ReadFully(stream, payload.AsSpan(filled));
            filled += read;
            if (filled < payload.Length)
                throw new TfheFormatException($"{what} is truncated: {filled} of {length} bytes");
        }
        return payload;
    }

    private static int ReadFully(Stream stream, Span<byte> destination)
    {
        try
        {
            return stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException)
        {
            throw new TfheFormatException($"the data cannot be read: {failure.Message}", failure);
        }
    }
}
