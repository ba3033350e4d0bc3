using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ConcreteMl.Tfhe;

/// <summary>Reads what <see cref="ChecksummedWriter"/> wrote and refuses anything else with a <see cref="TfheFormatException"/>.</summary>
internal sealed class ChecksummedReader : IDisposable
{
    private const int LongestText = 256;
    private const int MostClasses = 64;
    private readonly Stream _stream;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    internal ChecksummedReader(Stream stream, FileKind kind)
    {
        _stream = stream;
        Span<byte> head = stackalloc byte[ChecksummedWriter.Magic.Length + 3];
        Read(head);
        if (!head.StartsWith(ChecksummedWriter.Magic))
            throw new TfheFormatException("not a key or ciphertext file of this library: the first bytes differ");
        int version = head[^2] | (head[^1] << 8);
        if (version != ChecksummedWriter.Version)
            throw new TfheFormatException($"the file has format version {version}, this library reads {ChecksummedWriter.Version}");
        if (head[^3] != (byte)kind)
            throw new TfheFormatException($"expected a file of kind {kind}, met kind {(FileKind)head[^3]}");
    }

    internal void Read(Span<byte> bytes)
    {
        try
        {
            _stream.ReadExactly(bytes);
        }
        catch (EndOfStreamException end)
        {
            throw new TfheFormatException("the file ends early: it is damaged or was not written to its end", end);
        }
        _hash.AppendData(bytes);
    }

    internal int ReadInt32()
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        Read(bytes);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    internal double ReadDouble()
    {
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        Read(bytes);
        return BinaryPrimitives.ReadDoubleLittleEndian(bytes);
    }

    internal KeyId ReadKeyId()
    {
        Span<byte> bytes = stackalloc byte[16];
        Read(bytes);
        return new KeyId(BinaryPrimitives.ReadUInt128LittleEndian(bytes));
    }

    /// <summary>Reads parameters; the curve must be known and every noise on or above it.</summary>
    internal ParameterSet ReadParameters()
    {
        string tag = ReadText();
        SecurityCurve curve =
            SecurityCurve.FromTag(tag) ?? throw new TfheFormatException($"unknown security curve '{tag}': the file is not trusted");
        try
        {
            BigKeyParameters big = new(ReadInt32(), ReadInt32(), ReadDouble());
            int count = ReadInt32();
            if (count is < 0 or > MostClasses)
                throw new TfheFormatException($"{count} lookup classes: expected 0 to {MostClasses}");
            return new ParameterSet(curve, big, [.. Enumerable.Range(0, count).Select(_ => ReadClass())]);
        }
        catch (ArgumentException broken)
        {
            throw new TfheFormatException($"the parameters in the file are refused: {broken.Message}", broken);
        }
    }

    /// <summary>
    /// Refuses the file unless exactly <paramref name="payload"/> bytes and the checksum are left; called before the
    /// payload is allocated. Streams that cannot tell their length are checked at their end only.
    /// </summary>
    internal void ExpectPayload(long payload)
    {
        if (!_stream.CanSeek)
            return;
        long left = _stream.Length - _stream.Position;
        if (left != payload + SHA256.HashSizeInBytes)
            throw new TfheFormatException($"the parameters call for {payload + SHA256.HashSizeInBytes} more bytes, the file has {left}");
    }

    /// <summary>Checks the checksum at the end of the file.</summary>
    internal void Finish()
    {
        byte[] expected = _hash.GetHashAndReset();
        Span<byte> met = stackalloc byte[SHA256.HashSizeInBytes];
        Read(met);
        if (!CryptographicOperations.FixedTimeEquals(expected, met))
            throw new TfheFormatException("the checksum does not match: the file is damaged");
    }

    /// <summary>Releases the hash; the stream stays open.</summary>
    public void Dispose() => _hash.Dispose();

    private string ReadText()
    {
        int length = ReadInt32();
        if (length is < 0 or > LongestText)
            throw new TfheFormatException($"a text of {length} bytes: expected at most {LongestText}");
        Span<byte> bytes = stackalloc byte[length];
        Read(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    private LookupClassParameters ReadClass()
    {
        int dimension = ReadInt32();
        double deviation = ReadDouble();
        GadgetDecomposition keySwitch = new(ReadInt32(), ReadInt32());
        GadgetDecomposition bootstrap = new(ReadInt32(), ReadInt32());
        return new LookupClassParameters(dimension, deviation, keySwitch, bootstrap, ReadInt32(), ReadInt32());
    }
}
