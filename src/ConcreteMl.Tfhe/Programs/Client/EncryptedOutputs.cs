using ConcreteMl.Tfhe.Programs.Wire;
using Google.Protobuf;

namespace ConcreteMl.Tfhe.Programs;

/// <summary>The encrypted outputs of one sample, bound to a client key and a program.</summary>
public sealed class EncryptedOutputs
{
    private const uint Version = 1;
    private const string What = "a file of encrypted outputs";

    internal EncryptedOutputs(KeyId keyId, byte[] programHash, int dimension, IReadOnlyList<ReadOnlyMemory<ulong>> outputs)
    {
        KeyId = keyId;
        ProgramHash = programHash;
        Dimension = dimension;
        Outputs = outputs;
    }

    /// <summary>Name of the client key that can decrypt.</summary>
    public KeyId KeyId { get; }

    /// <summary>Hash of the program that computed the outputs.</summary>
    public ReadOnlyMemory<byte> ProgramHash { get; }

    /// <summary>Mask words of one ciphertext, kN.</summary>
    public int Dimension { get; }

    /// <summary>Ciphertexts per output, <see cref="Dimension"/> + 1 words each, in the program's order.</summary>
    public IReadOnlyList<ReadOnlyMemory<ulong>> Outputs { get; }

    private static ReadOnlySpan<byte> Magic => "CMLO"u8;

    /// <summary>Writes the outputs.</summary>
    public void Write(Stream stream)
    {
        EncryptedOutputsMessage message = new()
        {
            KeyId = WireWords.Bytes(KeyId),
            ProgramHash = ByteString.CopyFrom(ProgramHash.Span),
            Dimension = Dimension,
        };
        message.Outputs.AddRange(Outputs.Select(output => WireWords.Bytes(output.Span)));
        FramedMessage.Write(stream, Magic, Version, message.ToByteArray());
    }

    /// <summary>Reads outputs; whether they fit a program and a key is judged by the decryption.</summary>
    /// <exception cref="TfheFormatException">The data is damaged or of another version.</exception>
    public static EncryptedOutputs Read(Stream stream)
    {
        byte[] payload = FramedMessage.Read(stream, Magic, Version, What);
        try
        {
            EncryptedOutputsMessage message = EncryptedOutputsMessage.Parser.ParseFrom(payload);
            KeyId key = WireWords.Key(message.KeyId, What);
            byte[] hash = WireWords.Hash(message.ProgramHash, What);
            ReadOnlyMemory<ulong>[] outputs = [.. message.Outputs.Select(output => WireWords.Words(output, What))];
            return new EncryptedOutputs(key, hash, message.Dimension, outputs);
        }
        catch (InvalidProtocolBufferException damaged)
        {
            throw new TfheFormatException($"{What} is damaged: {damaged.Message}", damaged);
        }
    }
}
