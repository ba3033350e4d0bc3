using System.Security.Cryptography;
using ConcreteMl.Tfhe.Programs.Wire;
using Google.Protobuf;

namespace ConcreteMl.Tfhe.Programs;

/// <summary>Stores programs as protobuf (<c>program.proto</c>) in a frame with version and hash. Same program, same bytes.</summary>
public static class ProgramFormat
{
    /// <summary>Format version that this library writes, and the only one that it reads.</summary>
    public const uint Version = 2;

    private const string What = "a compiled program";

    private static ReadOnlySpan<byte> Magic => "CMLP"u8;

    /// <summary>Writes <paramref name="program"/> to <paramref name="stream"/>.</summary>
    public static void Write(TfheProgram program, Stream stream) =>
        FramedMessage.Write(stream, Magic, Version, ProgramWriter.Message(program).ToByteArray());

    /// <summary>Reads and verifies a program.</summary>
    /// <exception cref="TfheFormatException">
    /// The data is damaged, of another version, or holds no legal program; the message names the first findings.
    /// </exception>
    public static TfheProgram Read(Stream stream)
    {
        byte[] payload = FramedMessage.Read(stream, Magic, Version, What);
        TfheProgram program;
        try
        {
            program = ProgramReader.Program(ProgramMessage.Parser.ParseFrom(payload));
        }
        catch (InvalidProtocolBufferException damaged)
        {
            throw new TfheFormatException($"{What} is damaged: {damaged.Message}", damaged);
        }
        IReadOnlyList<ProgramFinding> findings = ProgramVerifier.Verify(program);
        if (findings.Count > 0)
            throw new TfheFormatException($"{What} is not legal ({findings.Count} findings): {string.Join("; ", findings.Take(3))}");
        return program;
    }

    /// <summary>SHA-256 of the stored message: the name that encrypted inputs and outputs carry.</summary>
    public static byte[] Hash(TfheProgram program) => SHA256.HashData(ProgramWriter.Message(program).ToByteArray());
}
