using System.Buffers.Binary;

namespace ConcreteMl.Tfhe;

/// <summary>
/// The fixed start of every frame, little-endian: 8 bytes of magic, major and minor version (u16 each), kind (u16), two zero
/// bytes, length of the header (u32), length of the payload (u64). Header, payload and the SHA-256 of all before it follow.
/// A new minor version only adds header fields that old readers may ignore; another major version is refused.
/// </summary>
/// <param name="Kind">What the frame holds.</param>
/// <param name="HeaderBytes">Length of the header, a protobuf message.</param>
/// <param name="PayloadBytes">Length of the payload.</param>
internal readonly record struct WirePrefix(WireKind Kind, int HeaderBytes, long PayloadBytes)
{
    /// <summary>Major version that is written, and the only one that is read.</summary>
    internal const ushort Major = 1;

    /// <summary>Minor version that is written; every minor version is read.</summary>
    internal const ushort Minor = 5;

    /// <summary>Bytes of the prefix.</summary>
    internal const int Length = 28;

    /// <summary>Largest header: 64 KiB hold the parameters of more than a thousand lookup classes.</summary>
    internal const int MostHeaderBytes = 1 << 16;

    internal static ReadOnlySpan<byte> Magic => "CMLWIRE\n"u8;

    internal byte[] ToBytes()
    {
        byte[] bytes = new byte[Length];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), Major);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(10), Minor);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(12), (ushort)Kind);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), (uint)HeaderBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(20), (ulong)PayloadBytes);
        return bytes;
    }

    /// <exception cref="TfheFormatException">Other magic, major version or kind, or lengths beyond the limits.</exception>
    internal static WirePrefix Parse(ReadOnlySpan<byte> bytes, WireKind kind, long mostBytes)
    {
        if (!bytes.StartsWith(Magic))
            throw new TfheFormatException(
                TfheFormatProblem.OtherKind,
                bytes.StartsWith("CMLTFHE\n"u8)
                    ? "the data has the format of release 0.1, which this release does not read"
                    : $"the data is no {Name(kind)}: the first bytes differ"
            );
        ushort major = BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]);
        if (major != Major)
            throw new TfheFormatException(
                TfheFormatProblem.OtherVersion,
                $"the data has format version {major}.{BinaryPrimitives.ReadUInt16LittleEndian(bytes[10..])}, this release reads {Major}.x"
            );
        WireKind met = (WireKind)BinaryPrimitives.ReadUInt16LittleEndian(bytes[12..]);
        if (met != kind)
            throw new TfheFormatException(TfheFormatProblem.OtherKind, $"expected a {Name(kind)}, met a {Name(met)}");
        if (BinaryPrimitives.ReadUInt16LittleEndian(bytes[14..]) != 0)
            throw new TfheFormatException("reserved bytes of the prefix are not zero");
        uint header = BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]);
        ulong payload = BinaryPrimitives.ReadUInt64LittleEndian(bytes[20..]);
        if (header > MostHeaderBytes)
            throw new TfheFormatException(
                TfheFormatProblem.TooLarge,
                $"the header claims {header} bytes, at most {MostHeaderBytes} are read"
            );
        if (payload > (ulong)Math.Max(0, mostBytes))
            throw new TfheFormatException(
                TfheFormatProblem.TooLarge,
                $"the {Name(kind)} claims {payload} bytes, at most {mostBytes} are read"
            );
        return new WirePrefix(kind, (int)header, (long)payload);
    }

    internal static string Name(WireKind kind) =>
        kind switch
        {
            WireKind.SecretKey => "secret key",
            WireKind.EvaluationKey => "evaluation key",
            WireKind.EncryptedInputs => "set of encrypted inputs",
            WireKind.EncryptedOutputs => "set of encrypted outputs",
            WireKind.ClientHalf => "client half",
            WireKind.ServerHalf => "server half",
            _ => $"frame of kind {(int)kind}",
        };
}
