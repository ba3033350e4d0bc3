using System.Buffers;
using System.Security.Cryptography;
using Google.Protobuf;

namespace ConcreteMl.Tfhe;

/// <summary>Reads a frame from a stream piece by piece, in bounded memory, and checks its checksum at the end.</summary>
internal sealed class WireReader : IDisposable
{
    internal const int ChunkBytes = 1 << 18;
    private readonly Stream _stream;
    private readonly IncrementalHash _hash;
    private readonly CancellationToken _cancellation;

    private WireReader(Stream stream, CancellationToken cancellation)
    {
        _stream = stream;
        _cancellation = cancellation;
        _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    }

    /// <summary>The header's bytes.</summary>
    internal byte[] Header { get; private set; } = [];

    /// <summary>The prefix's bytes.</summary>
    internal byte[] Prefix { get; } = new byte[WirePrefix.Length];

    /// <summary>Bytes of the payload, as the prefix claims and the limit allows.</summary>
    internal long PayloadBytes { get; private set; }

    /// <summary>Reads prefix and header; the payload comes next.</summary>
    /// <exception cref="TfheFormatException">The frame is of another kind or version, truncated, or beyond the limits.</exception>
    internal static async Task<WireReader> OpenAsync(Stream stream, WireKind kind, long mostBytes, CancellationToken cancellation)
    {
        WireReader reader = new(stream, cancellation);
        try
        {
            await reader.ReadAsync(reader.Prefix).ConfigureAwait(false);
            WirePrefix prefix = WirePrefix.Parse(reader.Prefix, kind, mostBytes);
            reader.Header = new byte[prefix.HeaderBytes];
            await reader.ReadAsync(reader.Header).ConfigureAwait(false);
            reader.PayloadBytes = prefix.PayloadBytes;
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>The header as a message.</summary>
    internal T Parse<T>(MessageParser<T> parser)
        where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(Header);
        }
        catch (InvalidProtocolBufferException damaged)
        {
            throw new TfheFormatException($"the header is damaged: {damaged.Message}", damaged);
        }
    }

    /// <summary>Refuses the frame unless its payload has the size that its header leads to; called before the payload is allocated.</summary>
    internal void ExpectPayload(long bytes)
    {
        if (bytes != PayloadBytes)
            throw new TfheFormatException($"the header calls for {bytes} bytes of payload, the frame has {PayloadBytes}");
        if (_stream.CanSeek && _stream.Length - _stream.Position < bytes + SHA256.HashSizeInBytes)
            throw Early();
    }

    internal async Task ReadAsync(Memory<byte> bytes)
    {
        int read = await _stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, _cancellation).ConfigureAwait(false);
        if (read < bytes.Length)
            throw Early();
        _hash.AppendData(bytes.Span);
    }

    /// <summary>A small payload as one array; memory grows with the bytes that arrive, not with the claimed length.</summary>
    internal async Task<byte[]> ReadPayloadAsync()
    {
        if (PayloadBytes > Array.MaxLength)
            throw new TfheFormatException(
                TfheFormatProblem.TooLarge,
                $"{PayloadBytes} bytes of payload, at most {Array.MaxLength} are read"
            );
        byte[] payload = new byte[Math.Min(PayloadBytes, ChunkBytes)];
        int filled = 0;
        while (filled < PayloadBytes)
        {
            if (filled == payload.Length)
                Array.Resize(ref payload, (int)Math.Min(PayloadBytes, 2L * payload.Length));
            await ReadAsync(payload.AsMemory(filled)).ConfigureAwait(false);
            filled = payload.Length;
        }
        return payload;
    }

    /// <summary>Fills the bodies of a key.</summary>
    internal async Task ReadAsync(PackedBodies bodies)
    {
        byte[] chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            for (long start = 0; start < bodies.ByteCount; start += ChunkBytes)
            {
                int count = (int)Math.Min(ChunkBytes, bodies.ByteCount - start);
                await ReadAsync(chunk.AsMemory(0, count)).ConfigureAwait(false);
                chunk.AsSpan(0, count).CopyTo(bodies.Bytes.Slice(start, count));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    /// <summary>Checks the checksum that ends the frame, and returns it; the stream stays open.</summary>
    internal async Task<byte[]> FinishAsync()
    {
        byte[] expected = _hash.GetHashAndReset();
        byte[] met = new byte[SHA256.HashSizeInBytes];
        await ReadAsync(met).ConfigureAwait(false);
        if (!CryptographicOperations.FixedTimeEquals(expected, met))
            throw new TfheFormatException("the checksum does not match: the data is damaged");
        return met;
    }

    /// <summary>Releases the hash; the stream stays open.</summary>
    public void Dispose() => _hash.Dispose();

    private static TfheFormatException Early() =>
        new(TfheFormatProblem.Truncated, "the data ends early: it is damaged or was not written to its end");
}
