using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
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

    /// <summary>Writes native words as 4 or 8 bytes each.</summary>
    internal async Task WriteWordsAsync(NativeBuffer<ulong> words, bool narrow)
    {
        byte[] chunk = ArrayPool<byte>.Shared.Rent(WireReader.ChunkBytes);
        try
        {
            int wordsPerChunk = WireReader.ChunkBytes / sizeof(ulong);
            for (long start = 0; start < words.Length; start += wordsPerChunk)
            {
                int count = (int)Math.Min(wordsPerChunk, words.Length - start);
                Memory<byte> part = chunk.AsMemory(0, count * (narrow ? sizeof(uint) : sizeof(ulong)));
                Load(words.Slice(start, count), part.Span, narrow);
                await WriteAsync(part).ConfigureAwait(false);
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

    private static void Load(ReadOnlySpan<ulong> words, Span<byte> bytes, bool narrow)
    {
        if (narrow)
            for (int index = 0; index < words.Length; index++)
                BinaryPrimitives.WriteUInt32LittleEndian(bytes[(index * sizeof(uint))..], (uint)words[index]);
        else if (BitConverter.IsLittleEndian)
            MemoryMarshal.AsBytes(words).CopyTo(bytes);
        else
            for (int index = 0; index < words.Length; index++)
                BinaryPrimitives.WriteUInt64LittleEndian(bytes[(index * sizeof(ulong))..], words[index]);
    }
}
