using ConcreteMl.Tfhe.Programs.Wire;
using Google.Protobuf;

namespace ConcreteMl.Tfhe.Programs;

/// <summary>A program's interface as a message, and back.</summary>
internal static class InterfaceFormat
{
    private const string What = "a client's half";

    internal static InterfaceMessage Message(ProgramInterface program)
    {
        InterfaceMessage message = new() { Name = program.Name, CircuitHash = ByteString.CopyFrom(program.CircuitHash.Span) };
        if (program.Parameters is { } parameters)
            message.Parameters = ProgramWriter.Message(parameters);
        message.Inputs.AddRange(program.Inputs.Select(Message));
        message.Outputs.AddRange(program.Outputs.Select(Message));
        return message;
    }

    /// <exception cref="TfheFormatException">A port, its coding or the parameters are not legal; the message names the first findings.</exception>
    internal static ProgramInterface Read(InterfaceMessage message)
    {
        ProgramInterface read = new(
            message.Name,
            message.Parameters is null ? null : ProgramReader.Parameters(message.Parameters),
            [.. message.Inputs.Select(Port)],
            [.. message.Outputs.Select(Port)],
            WireWords.Hash(message.CircuitHash, What)
        );
        List<ProgramFinding> findings = [];
        foreach (InterfacePort port in read.Inputs)
            PortRules.Verify(port, isInput: true, findings);
        foreach (InterfacePort port in read.Outputs)
            PortRules.Verify(port, isInput: false, findings);
        if (read.Outputs.Count == 0)
            findings.Add(new ProgramFinding(null, read.Name, "there is no output"));
        return findings.Count == 0
            ? read
            : throw new TfheFormatException($"{What} is not legal ({findings.Count} findings): {string.Join("; ", findings.Take(3))}");
    }

    private static InterfacePortMessage Message(InterfacePort port) =>
        new()
        {
            Name = port.Name,
            Shape = { port.Shape },
            Bits = port.Step.IsWhole ? port.Bits : 0,
            Partial = ProgramWriter.Partial(port.Step),
            Coding = ProgramWriter.Message(port.Coding),
        };

    private static InterfacePort Port(InterfacePortMessage message)
    {
        TorusStep step = ProgramReader.Step(message.Bits, message.Partial);
        return new InterfacePort(message.Name, [.. message.Shape], step.Bits, ProgramReader.Coding(message.Name, message.Coding))
        {
            Codes = step.Codes,
        };
    }
}
