using ConcreteMl.Data;
using CoreBatch = ConcreteMl.Compiler.Core.Quant.IntegerBatch;
using CoreBatchModule = ConcreteMl.Compiler.Core.Quant.IntegerBatchModule;
using CoreCircuitEval = ConcreteMl.Compiler.Core.Circuit.Eval;
using CoreCompile = ConcreteMl.Compiler.Core.Compile;
using CoreEvalTrace = ConcreteMl.Compiler.Core.Quant.EvalTrace;
using CoreFloatValue = ConcreteMl.Compiler.Core.Float.ValueType;
using CoreOnnxText = ConcreteMl.Compiler.Core.Onnx.Text;
using CorePort = ConcreteMl.Compiler.Core.Base.Port;
using CoreQuantEval = ConcreteMl.Compiler.Core.Quant.Eval;
using CoreStage = ConcreteMl.Compiler.Core.Stage;

namespace ConcreteMl.Interop;

/// <summary>A stage that was read from its text.</summary>
internal sealed class CoreText
{
    private readonly CoreStage stage;

    private CoreText(CoreStage stage, ConcreteMl.Stage kind)
    {
        this.stage = stage;
        Kind = kind;
    }

    /// <summary>Which stage it is.</summary>
    internal ConcreteMl.Stage Kind { get; }

    /// <summary>The inputs; those of integer stages are codes.</summary>
    internal IReadOnlyList<ModelPort> Inputs =>
        stage switch
        {
            CoreStage.Float graph => [.. graph.Item.Inputs.Select(port => FloatPort(port, graph.Item.TypeOf(port.Value)))],
            CoreStage.Quant graph => [.. graph.Item.Inputs.Select(port => CodePort(port, graph.Item.TypeOf(port.Value).Shape))],
            CoreStage.Circuit graph => [.. graph.Item.Inputs.Select(port => CodePort(port, graph.Item.TypeOf(port.Value).Shape))],
            _ => throw NotRunnable(),
        };

    /// <exception cref="CompilationException">The text is no stage; carries every error of it.</exception>
    internal static CoreText Parse(string name, string text)
    {
        CoreStage stage = CoreResults.Take(CoreCompile.parse(name, text));
        return new CoreText(
            stage,
            stage switch
            {
                CoreStage.Onnx => ConcreteMl.Stage.Onnx,
                CoreStage.Float => ConcreteMl.Stage.Float,
                CoreStage.Quant => ConcreteMl.Stage.Quant,
                _ => ConcreteMl.Stage.Circuit,
            }
        );
    }

    internal string Print(bool elide, bool plainNames = false) =>
        plainNames && !elide && stage is CoreStage.Onnx model
            ? CoreOnnxText.print(plainNames, model.Item)
            : CoreCompile.print(elide, stage);

    /// <summary>Runs the stage in clear; integer stages take and give codes.</summary>
    internal IReadOnlyList<Tensor> Evaluate(Samples samples) =>
        stage switch
        {
            CoreStage.Float graph => Samples.Join([.. samples.Items.Select(new CoreFloat(graph.Item).Evaluate)], samples.Layout),
            CoreStage.Quant graph => Codes(samples, inputs => CoreQuantEval.graph(graph.Item, CoreResults.List(inputs))),
            CoreStage.Circuit graph => Codes(samples, inputs => CoreCircuitEval.graph(graph.Item, CoreResults.List(inputs))),
            _ => throw NotRunnable(),
        };

    private IReadOnlyList<Tensor> Codes(Samples samples, Func<IEnumerable<CoreBatch>, CoreEvalTrace> run)
    {
        List<CoreBatch> inputs = [];
        for (int input = 0; input < samples.Items[0].Count; input++)
        {
            int[] shape = samples.Items[0][input].Dimensions;
            inputs.Add(CoreBatchModule.ofSamples(shape, [.. samples.Items.Select(sample => (long[])sample[input].Data)]));
        }

        CoreBatch[] outputs = [.. run(inputs).Outputs];
        return Samples.Join(
            [
                .. Enumerable
                    .Range(0, samples.Items.Count)
                    .Select(sample =>
                        (IReadOnlyList<Tensor>)
                            [
                                .. outputs.Select(output => new Tensor(
                                    ElementType.Int64,
                                    output.Shape,
                                    CoreBatchModule.sample(sample, output)
                                )),
                            ]
                    ),
            ],
            samples.Layout
        );
    }

    private static ModelPort CodePort(CorePort port, int[] shape) =>
        new(port.Name, ElementType.Int64, [.. shape.Select((dimension, axis) => axis == 0 && dimension == 1 ? null : (int?)dimension)]);

    private static ModelPort FloatPort(CorePort port, CoreFloatValue type)
    {
        int?[]? shape = type
            .Dims?.Value.Select(dimension => dimension is ConcreteMl.Compiler.Core.Float.Dim.Known known ? (int?)known.Item : null)
            .ToArray();
        return new ModelPort(port.Name, CoreValues.FromCore(type.Element), shape);
    }

    private static CompilationException NotRunnable() =>
        new(
            Diagnostic.Error(
                "CML6021",
                null,
                "a model in ONNX's textual syntax is not run",
                "a dump of the float, quant or circuit stage",
                "Run the .onnx file with --mode float"
            )
        );
}
