using System.Buffers;
using System.Security.Cryptography;
using Google.Protobuf;

namespace ConcreteMl.Tfhe;

/// <summary>Writes a frame to a stream piece by piece, in bounded memory.</summary>
internal sealed class WireWriter : IDisposable
{
    private readonly Stream _stream;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly CancellationToken _cancellation;
    private long _left;

    private WireWriter(Stream stream, long payloadBytes, CancellationToken cancellation)
    {
        _stream = stream;
        _left = payloadBytes;
        _cancellation = cancellation;
    }

    /// <summary>Writes prefix and header; exactly <paramref name="payloadBytes"/> bytes and <see cref="FinishAsync"/> must follow.</summary>
    internal static async Task<WireWriter> OpenAsync(
        Stream stream,
        WireKind kind,
        IMessage header,
        long payloadBytes,
        CancellationToken cancellation
    )
    {
        byte[] bytes = header.ToByteArray();
        WireWriter writer = new(stream, payloadBytes, cancellation);
        try
        {
            if (bytes.Length > WirePrefix.MostHeaderBytes)
                throw new ArgumentException($"a header of {bytes.Length} bytes, at most {WirePrefix.MostHeaderBytes}", nameof(header));
            await writer.RawAsync(new WirePrefix(kind, bytes.Length, payloadBytes).ToBytes()).ConfigureAwait(false);
            await writer.RawAsync(bytes).ConfigureAwait(false);
            return writer;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    internal async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        _left -= bytes.Length;
        await RawAsync(bytes).ConfigureAwait(false);
    }

    /// <summary>Writes the bodies of a key.</summary>
    internal async Task WriteAsync(PackedBodies bodies)
    {
        byte[] chunk = ArrayPool<byte>.Shared.Rent(WireReader.ChunkBytes);
        try
        {
            for (long start = 0; start < bodies.ByteCount; start += WireReader.ChunkBytes)
            {
                int count = (int)Math.Min(WireReader.ChunkBytes, bodies.ByteCount - start);
                bodies.Bytes.Slice(start, count).CopyTo(chunk);
                await WriteAsync(chunk.AsMemory(0, count)).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    /// <summary>Ends the frame with its checksum; the stream stays open.</summary>
    internal async Task FinishAsync()
    {
        if (_left != 0)
            throw new InvalidOperationException($"{_left} bytes of the payload were not written");
        await _stream.WriteAsync(_hash.GetHashAndReset(), _cancellation).ConfigureAwait(false);
        await _stream.FlushAsync(_cancellation).ConfigureAwait(false);
    }

    /// <summary>Releases the hash; the stream stays open.</summary>
    public void Dispose() => _hash.Dispose();

    private async Task RawAsync(ReadOnlyMemory<byte> bytes)
    {
        await _stream.WriteAsync(bytes, _cancellation).ConfigureAwait(false);
        _hash.AppendData(bytes.Span);
    }
}
