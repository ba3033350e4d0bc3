using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ConcreteMl.Tfhe;

/// <summary>
/// Writes a file: eight magic bytes, kind, version, then the owner's fields (little-endian), then the SHA-256 of everything.
/// </summary>
internal sealed class ChecksummedWriter : IDisposable
{
    /// <summary>Version of all formats; another one is refused.</summary>
    internal const ushort Version = 2;

    private readonly Stream _stream;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    internal ChecksummedWriter(Stream stream, FileKind kind)
    {
        _stream = stream;
        Write(Magic);
        Write([(byte)kind, (byte)Version, (byte)(Version >> 8)]);
    }

    /// <summary>First bytes of every file.</summary>
    internal static ReadOnlySpan<byte> Magic => "CMLTFHE\n"u8;

    internal void Write(ReadOnlySpan<byte> bytes)
    {
        _stream.Write(bytes);
        _hash.AppendData(bytes);
    }

    internal void Write(int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        Write(bytes);
    }

    internal void Write(double value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        Write(bytes);
    }

    internal void Write(KeyId id)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(bytes, id.Value);
        Write(bytes);
    }

    internal void Write(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Write(bytes.Length);
        Write(bytes);
    }

    internal void Write(ParameterSet parameters)
    {
        Write(parameters.Curve.Tag);
        Write(parameters.BigKey.GlweDimension);
        Write(parameters.BigKey.PolynomialSize);
        Write(parameters.BigKey.StandardDeviation);
        Write(parameters.Classes.Length);
        foreach (LookupClassParameters lookup in parameters.Classes)
        {
            Write(lookup.SmallDimension);
            Write(lookup.StandardDeviation);
            Write(lookup.KeySwitch.BaseLog);
            Write(lookup.KeySwitch.Level);
            Write(lookup.Bootstrap.BaseLog);
            Write(lookup.Bootstrap.Level);
            Write(lookup.Nu);
            Write(lookup.Grade);
        }
    }

    /// <summary>Ends the file with its checksum.</summary>
    internal void Finish()
    {
        _stream.Write(_hash.GetHashAndReset());
        _stream.Flush();
    }

    /// <summary>Releases the hash; the stream stays open.</summary>
    public void Dispose() => _hash.Dispose();
}
