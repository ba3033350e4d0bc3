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
        try
        {
            return Verified(ProgramReader.Program(ProgramMessage.Parser.ParseFrom(payload)), What);
        }
        catch (InvalidProtocolBufferException damaged)
        {
            throw new TfheFormatException($"{What} is damaged: {damaged.Message}", damaged);
        }
    }

    /// <exception cref="TfheFormatException">The program is not legal; the message names the first findings.</exception>
    internal static TfheProgram Verified(TfheProgram program, string what)
    {
        IReadOnlyList<ProgramFinding> findings = ProgramVerifier.Verify(program);
        return findings.Count == 0
            ? program
            : throw new TfheFormatException($"{what} is not legal ({findings.Count} findings): {string.Join("; ", findings.Take(3))}");
    }

    /// <summary>
    /// SHA-256 of the stored message without the codings of its ports: the name of what a server runs, which encrypted inputs
    /// and outputs carry. A server's half, which has no codings, has the same one.
    /// </summary>
    public static byte[] CircuitHash(TfheProgram program) => SHA256.HashData(ProgramWriter.Circuit(program).ToByteArray());

    /// <summary>SHA-256 of the whole stored message.</summary>
    public static byte[] Hash(TfheProgram program) => SHA256.HashData(ProgramWriter.Message(program).ToByteArray());
}
