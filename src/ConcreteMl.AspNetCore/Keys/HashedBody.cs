using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace ConcreteMl.AspNetCore;

/// <summary>A request's body that is hashed as it is read, and has to end where its content does.</summary>
internal sealed class HashedBody(Stream body) : Stream
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await FromConnectionAsync(buffer, cancellationToken).ConfigureAwait(false);
        hash.AppendData(buffer.Span[..read]);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>The SHA-256 of what was read, in hexadecimal digits.</summary>
    internal string Hash() => Convert.ToHexStringLower(hash.GetCurrentHash());

    /// <exception cref="RefusalException">The body goes on.</exception>
    internal async Task RequireEndAsync(CancellationToken cancellation)
    {
        if (await FromConnectionAsync(new byte[1], cancellation).ConfigureAwait(false) > 0)
            throw RefusalException.Request(
                "the body goes on after its content",
                "one frame, and nothing behind it",
                "Send the file as it is"
            );
    }

    /// <summary>Some faults of a body, for example a piece of 2^64 bytes, arrive as those of a disk would; they are the client's.</summary>
    private async ValueTask<int> FromConnectionAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        try
        {
            return await body.ReadAsync(buffer, cancellation).ConfigureAwait(false);
        }
        catch (IOException problem) when (problem is not (BadHttpRequestException or ConnectionResetException))
        {
            throw new BadHttpRequestException("the body is malformed", problem);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        hash.Dispose();
        base.Dispose(disposing);
    }
}
