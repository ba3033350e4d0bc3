using ConcreteMl.Data;
using ConcreteMl.Steps;
using ConcreteMl.Tfhe.Programs;
using CoreFloatGraph = ConcreteMl.Compiler.Core.Base.Graph<ConcreteMl.Compiler.Core.Float.Op, ConcreteMl.Compiler.Core.Float.ValueType>;
using CoreParts = ConcreteMl.Compiler.Core.Float.Client.ClientPartsModule;
using CorePort = ConcreteMl.Compiler.Core.Base.Port;
using CoreSetting = ConcreteMl.Compiler.Core.Float.Client.WorkSetting;
using CoreStage = ConcreteMl.Compiler.Core.Stage;
using CoreValueTypes = ConcreteMl.Compiler.Core.Float.ValueTypeModule;
using CoreWork = ConcreteMl.Compiler.Core.Float.Client.ClientWork;
using CoreWorkStep = ConcreteMl.Compiler.Core.Float.Client.WorkStep;

namespace ConcreteMl.Interop;

/// <summary>What a stage says of the client's work, as the client's half records it.</summary>
internal static class CoreClientParts
{
    /// <summary>The client's half of a program, with the client's parts of the circuit that it was emitted from.</summary>
    internal static ClientHalf Half(TfheProgram program, CoreStage circuit)
    {
        var parts = circuit.ClientParts;
        CoreFloatGraph? before = parts.Before?.Value;
        CoreFloatGraph? after = parts.After?.Value;
        IEnumerable<string> inputs = before is null ? program.Inputs.Select(port => port.Name) : before.Inputs.Select(port => port.Name);
        IEnumerable<string> outputs = after is null ? program.Outputs.Select(port => port.Name) : after.Outputs.Select(port => port.Name);
        return ClientHalf.Of(program) with
        {
            Labels = Texts(CoreParts.labels, circuit, outputs),
            InputTexts = Texts(CoreParts.inputTexts, circuit, inputs),
            Before = before is null ? [] : Steps(before),
            After = after is null ? [] : Steps(after),
            Inputs = before is null ? [] : [.. before.Inputs.Select(port => Port(before, port))],
            Outputs = after is null ? [] : [.. after.Outputs.Select(port => Port(after, port))],
        };
    }

    /// <summary>For each of these ports the texts that its numbers stand for.</summary>
    internal static IReadOnlyList<IReadOnlyList<string>> Texts(string attribute, CoreStage stage, IEnumerable<string> ports) =>
        [
            .. CoreParts
                .textsOf(attribute, stage.Attributes, CoreResults.List(ports))
                .Select(texts => (IReadOnlyList<string>)ContentList<string>.Of([.. texts])),
        ];

    /// <summary>What the client does itself, and what it learns; null where it does nothing.</summary>
    internal static ClientShare? Share(CoreStage stage)
    {
        var parts = stage.ClientParts;
        return parts.IsEmpty || stage is not CoreStage.Circuit circuit
            ? null
            : new ClientShare(
                Nodes(parts.Before?.Value),
                Nodes(parts.After?.Value),
                [.. circuit.Item.Inputs.Select(port => Shown(port.Name, circuit.Item.TypeOf(port.Value).Shape))],
                [.. circuit.Item.Outputs.Select(port => Shown(port.Name, circuit.Item.TypeOf(port.Value).Shape))]
            );
    }

    private static string Shown(string name, int[] shape) => $"{name} {ShapeText.Print(shape)}";

    private static IReadOnlyList<string> Nodes(CoreFloatGraph? part) =>
        [
            .. (part?.Nodes ?? [])
                .Where(node => !node.Op.IsConstant)
                .GroupBy(node => string.Join(", ", node.Origin))
                .Select(group => $"{group.Key}: {string.Join(", ", group.Select(node => CoreWork.nameOf(node.Op)).Distinct())}"),
        ];

    private static IReadOnlyList<ClientStep> Steps(CoreFloatGraph graph) => [.. CoreWork.ofGraph(graph).Select(Step)];

    private static ClientStep Step(CoreWorkStep step) =>
        new(step.Kind, [.. step.Reads], 1, step.Settings.ToDictionary(pair => pair.Item1, pair => Setting(pair.Item2)));

    private static ClientSetting Setting(CoreSetting setting) =>
        setting switch
        {
            CoreSetting.Reals reals => new([.. reals.Item], [], []),
            CoreSetting.Integers integers => new([], [.. integers.Item], []),
            CoreSetting.Texts texts => new([], [], [.. texts.Item]),
            _ => throw new ArgumentOutOfRangeException(nameof(setting)),
        };

    // As for ports of a circuit, a leading 1 is the place of the samples.
    private static ModelPort Port(CoreFloatGraph graph, CorePort port)
    {
        var type = graph.TypeOf(port.Value);
        int[] shape = CoreValueTypes.tryShape(type)?.Value ?? [];
        return new ModelPort(
            port.Name,
            CoreValues.FromCore(type.Element),
            [.. shape.Select((dimension, axis) => axis == 0 && dimension == 1 ? null : (int?)dimension)]
        );
    }
}
