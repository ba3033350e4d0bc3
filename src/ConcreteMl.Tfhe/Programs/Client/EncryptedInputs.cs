using ConcreteMl.Tfhe.Programs.Wire;
using Google.Protobuf;

namespace ConcreteMl.Tfhe.Programs;

/// <summary>The encrypted inputs of one sample, in their compact form, bound to a client key and a program.</summary>
public sealed class EncryptedInputs
{
    private const uint Version = 1;
    private const string What = "a file of encrypted inputs";

    /// <param name="keyId">Name of the client key.</param>
    /// <param name="programHash">Hash of the program, 32 bytes.</param>
    /// <param name="inputs">Ciphertexts per input.</param>
    internal EncryptedInputs(KeyId keyId, byte[] programHash, IReadOnlyList<SeededLweCiphertexts> inputs)
    {
        KeyId = keyId;
        ProgramHash = programHash;
        Inputs = inputs;
    }

    /// <summary>Name of the client key that encrypted.</summary>
    public KeyId KeyId { get; }

    /// <summary>Hash of the program that the inputs are for.</summary>
    public ReadOnlyMemory<byte> ProgramHash { get; }

    /// <summary>Ciphertexts per input, in the program's order.</summary>
    public IReadOnlyList<SeededLweCiphertexts> Inputs { get; }

    private static ReadOnlySpan<byte> Magic => "CMLI"u8;

    /// <summary>Writes the inputs.</summary>
    public void Write(Stream stream)
    {
        EncryptedInputsMessage message = new() { KeyId = WireWords.Bytes(KeyId), ProgramHash = ByteString.CopyFrom(ProgramHash.Span) };
        foreach (SeededLweCiphertexts input in Inputs)
            message.Inputs.Add(
                new SeededInputMessage
                {
                    Dimension = input.Dimension,
                    Seed = ByteString.CopyFrom(input.Seed),
                    Bodies = WireWords.Bytes(input.Bodies),
                }
            );
        FramedMessage.Write(stream, Magic, Version, message.ToByteArray());
    }

    /// <summary>Reads inputs; whether they fit a program and a key is judged by the run.</summary>
    /// <exception cref="TfheFormatException">The data is damaged or of another version.</exception>
    public static EncryptedInputs Read(Stream stream)
    {
        byte[] payload = FramedMessage.Read(stream, Magic, Version, What);
        try
        {
            EncryptedInputsMessage message = EncryptedInputsMessage.Parser.ParseFrom(payload);
            KeyId key = WireWords.Key(message.KeyId, What);
            byte[] hash = WireWords.Hash(message.ProgramHash, What);
            return new EncryptedInputs(key, hash, [.. message.Inputs.Select(input => Input(key, input))]);
        }
        catch (InvalidProtocolBufferException damaged)
        {
            throw new TfheFormatException($"{What} is damaged: {damaged.Message}", damaged);
        }
    }

    private static SeededLweCiphertexts Input(KeyId key, SeededInputMessage message) =>
        SeededLweCiphertexts.FromParts(key, message.Dimension, message.Seed.Span, WireWords.Words(message.Bodies, What));
}
