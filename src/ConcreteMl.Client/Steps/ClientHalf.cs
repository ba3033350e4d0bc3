using ConcreteMl.Data;
using ConcreteMl.Tfhe;
using ConcreteMl.Tfhe.Programs;
using ConcreteMl.Tfhe.Programs.Wire;
using ConcreteMl.Wire;
using Google.Protobuf;

namespace ConcreteMl.Steps;

/// <summary>The client's half of a compiled model: the circuit's interface and the client's own steps. No weight, no table.</summary>
/// <param name="Circuit">Ports, codings, parameters and the circuit's hash.</param>
/// <param name="Before">Steps from the user's inputs to the circuit's.</param>
/// <param name="After">Steps from the circuit's outputs to the user's.</param>
/// <param name="Inputs">The user's inputs; empty where there are no steps before.</param>
/// <param name="Outputs">The user's outputs; empty where there are no steps after.</param>
internal sealed record ClientHalf(
    ProgramInterface Circuit,
    IReadOnlyList<ClientStep> Before,
    IReadOnlyList<ClientStep> After,
    IReadOnlyList<ModelPort> Inputs,
    IReadOnlyList<ModelPort> Outputs
)
{
    /// <summary>For each of the user's outputs the texts that its numbers from 0 on stand for; empty where it is numbers.</summary>
    internal IReadOnlyList<IReadOnlyList<string>> Labels { get; init; } = [];

    /// <summary>For each of the user's inputs the texts that its numbers from 0 on stand for; empty where it is numbers.</summary>
    internal IReadOnlyList<IReadOnlyList<string>> InputTexts { get; init; } = [];

    // A client's half has kilobytes; the tables of categories of a large model might have some megabytes.
    private const long MostBytes = 64 << 20;

    /// <summary>The half of a program without steps.</summary>
    internal static ClientHalf Of(TfheProgram program) => new(ProgramInterface.Of(program), [], [], [], []);

    internal async Task WriteAsync(Stream stream, CancellationToken cancellation)
    {
        ClientHalfMessage message = new() { Interface = InterfaceFormat.Message(Circuit) };
        message.Before.AddRange(Before.Select(Message));
        message.After.AddRange(After.Select(Message));
        message.Inputs.AddRange(Inputs.Select(Message));
        message.Outputs.AddRange(Outputs.Select(Message));
        message.Labels.AddRange(Message(Labels));
        message.InputTexts.AddRange(Message(InputTexts));

        byte[] payload = message.ToByteArray();
        HalfHeader header = new() { Name = Circuit.Name, CircuitHash = ByteString.CopyFrom(Circuit.CircuitHash.Span) };
        using WireWriter writer = await WireWriter
            .OpenAsync(stream, WireKind.ClientHalf, header, payload.Length, cancellation)
            .ConfigureAwait(false);
        await writer.WriteAsync(payload).ConfigureAwait(false);
        await writer.FinishAsync().ConfigureAwait(false);
    }

    /// <exception cref="TfheFormatException">The data is damaged, of another major version, or not legal.</exception>
    internal static async Task<ClientHalf> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        using WireReader reader = await WireReader.OpenAsync(stream, WireKind.ClientHalf, MostBytes, cancellation).ConfigureAwait(false);
        byte[] payload = await reader.ReadPayloadAsync().ConfigureAwait(false);
        await reader.FinishAsync().ConfigureAwait(false);
        try
        {
            ClientHalfMessage message = ClientHalfMessage.Parser.ParseFrom(payload);
            return new ClientHalf(
                InterfaceFormat.Read(message.Interface ?? throw new TfheFormatException("the client's half has no interface")),
                [.. message.Before.Select(Step)],
                [.. message.After.Select(Step)],
                [.. message.Inputs.Select(Port)],
                [.. message.Outputs.Select(Port)]
            )
            {
                Labels = Texts(message.Labels),
                InputTexts = Texts(message.InputTexts),
            };
        }
        catch (InvalidProtocolBufferException damaged)
        {
            throw new TfheFormatException($"the client's half is damaged: {damaged.Message}", damaged);
        }
    }

    private static IEnumerable<ClientLabelsMessage> Message(IReadOnlyList<IReadOnlyList<string>> ports) =>
        ports.Any(texts => texts.Count > 0) ? ports.Select(texts => new ClientLabelsMessage { Texts = { texts } }) : [];

    private static IReadOnlyList<IReadOnlyList<string>> Texts(IEnumerable<ClientLabelsMessage> ports) =>
        [.. ports.Select(port => (IReadOnlyList<string>)ContentList<string>.Of([.. port.Texts]))];

    private static ClientStepMessage Message(ClientStep step)
    {
        ClientStepMessage message = new()
        {
            Kind = step.Kind,
            Reads = { step.Reads },
            Writes = step.Writes,
        };
        foreach ((string name, ClientSetting setting) in step.Settings.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            message.Settings[name] = new ClientSettingMessage
            {
                Reals = { setting.Reals },
                Integers = { setting.Integers },
                Texts = { setting.Texts },
            };
        }

        return message;
    }

    private static ClientPortMessage Message(ModelPort port) =>
        new()
        {
            Name = port.Name,
            Element = port.Element.ToString(),
            Shape = { (port.Shape ?? []).Select(dimension => (long)(dimension ?? -1)) },
        };

    private static ClientStep Step(ClientStepMessage message) =>
        new(
            message.Kind,
            [.. message.Reads],
            message.Writes,
            message.Settings.ToDictionary(
                pair => pair.Key,
                pair => new ClientSetting([.. pair.Value.Reals], [.. pair.Value.Integers], [.. pair.Value.Texts])
            )
        );

    private static ModelPort Port(ClientPortMessage message) =>
        new(
            message.Name,
            Elements.TryNumeric(message.Element)
                ?? throw new TfheFormatException($"port '{message.Name}' of the client's half has unknown elements '{message.Element}'"),
            [.. message.Shape.Select(dimension => dimension is >= 0 and <= int.MaxValue ? (int?)dimension : null)]
        );
}
