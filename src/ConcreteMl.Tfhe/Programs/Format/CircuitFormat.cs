using ConcreteMl.Tfhe.Programs.Wire;
using Google.Protobuf;

namespace ConcreteMl.Tfhe.Programs;

/// <summary>Stores what a server needs of a program: the program without the codings of its inputs and outputs.</summary>
public static class CircuitFormat
{
    private const string What = "a server's half";

    /// <summary>Writes a program's circuit to a stream, which stays open.</summary>
    public static async Task WriteAsync(TfheProgram program, Stream stream, CancellationToken cancellation = default)
    {
        byte[] payload = ProgramWriter.Circuit(program).ToByteArray();
        HalfHeader header = new() { Name = program.Name, CircuitHash = ByteString.CopyFrom(ProgramFormat.CircuitHash(program)) };
        using WireWriter writer = await WireWriter
            .OpenAsync(stream, WireKind.ServerHalf, header, payload.Length, cancellation)
            .ConfigureAwait(false);
        await writer.WriteAsync(payload).ConfigureAwait(false);
        await writer.FinishAsync().ConfigureAwait(false);
    }

    /// <summary>Reads and verifies a circuit: a program whose codings say that real values are codes.</summary>
    /// <exception cref="TfheFormatException">The data is damaged, of another major version, or holds no legal circuit.</exception>
    public static async Task<TfheProgram> ReadAsync(
        Stream stream,
        WireExpectation? expectation = null,
        CancellationToken cancellation = default
    )
    {
        using WireReader reader = await WireReader
            .OpenAsync(stream, WireKind.ServerHalf, (expectation ?? WireExpectation.Any).MostBytes, cancellation)
            .ConfigureAwait(false);
        HalfHeader header = reader.Parse(HalfHeader.Parser);
        byte[] payload = await reader.ReadPayloadAsync().ConfigureAwait(false);
        await reader.FinishAsync().ConfigureAwait(false);
        TfheProgram program = Program(payload);
        if (!header.CircuitHash.Span.SequenceEqual(ProgramFormat.CircuitHash(program)))
            throw new TfheFormatException($"{What} is damaged: its header names another circuit than it holds");
        return program;
    }

    /// <summary>The circuit that a client's half names; the half itself is only compared with its checksum.</summary>
    /// <exception cref="TfheFormatException">The data is damaged, no client half, or of another major version.</exception>
    internal static byte[] HashOfClientHalf(byte[] half)
    {
        // a memory stream completes at once
        using WireReader reader = WireReader
            .OpenAsync(new MemoryStream(half, writable: false), WireKind.ClientHalf, half.Length, CancellationToken.None)
            .GetAwaiter()
            .GetResult();
        HalfHeader header = reader.Parse(HalfHeader.Parser);
        reader.ReadPayloadAsync().GetAwaiter().GetResult();
        reader.FinishAsync().GetAwaiter().GetResult();
        return WireWords.Hash(header.CircuitHash, "a client's half");
    }

    private static TfheProgram Program(byte[] payload)
    {
        ProgramMessage message;
        try
        {
            message = ProgramMessage.Parser.ParseFrom(payload);
        }
        catch (InvalidProtocolBufferException damaged)
        {
            throw new TfheFormatException($"{What} is damaged: {damaged.Message}", damaged);
        }
        foreach (PortMessage port in message.Inputs.Concat(message.Outputs))
            port.Coding = Codes(message, port.Value);
        return ProgramFormat.Verified(ProgramReader.Program(message), What);
    }

    private static CodingMessage Codes(ProgramMessage message, int value)
    {
        // an absent value or a width out of range is the verifier's to report
        int width = (uint)value < (uint)message.Values.Count ? ProgramReader.Value(message.Values[value]).Bits : 1;
        int bits = Math.Clamp(width, 1, ProgramVerifier.LargestBits);
        long half = 1L << (bits - 1);
        return ProgramWriter.Message(new ProgramCoding([1.0], [0.0], [], -half, half - 1, RealElement.Int64));
    }
}
