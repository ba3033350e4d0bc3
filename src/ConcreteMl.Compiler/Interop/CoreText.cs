using ConcreteMl.Data;
using ConcreteMl.Running;
using ConcreteMl.Tfhe.Programs;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using CoreBatch = ConcreteMl.Compiler.Core.Quant.IntegerBatch;
using CoreBatchModule = ConcreteMl.Compiler.Core.Quant.IntegerBatchModule;
using CoreCompile = ConcreteMl.Compiler.Core.Compile;
using CoreDriver = ConcreteMl.Compiler.Core.Driver;
using CoreEvalException = ConcreteMl.Compiler.Core.Float.EvalException;
using CoreFloatValue = ConcreteMl.Compiler.Core.Float.ValueType;
using CoreInputPort = ConcreteMl.Compiler.Core.Tools.InputPort;
using CoreInterpret = ConcreteMl.Compiler.Core.Tools.Interpret;
using CoreOnnxText = ConcreteMl.Compiler.Core.Onnx.Text;
using CoreRegistry = ConcreteMl.Compiler.Core.Registry;
using CoreStage = ConcreteMl.Compiler.Core.Stage;
using CoreTensor = ConcreteMl.Compiler.Core.Base.Tensor;
using CoreValidate = ConcreteMl.Compiler.Core.Tools.Validate;
using CoreWatch = ConcreteMl.Compiler.Core.Watch;

namespace ConcreteMl.Interop;

/// <summary>A stage that was read from its text.</summary>
internal sealed class CoreText
{
    internal CoreText(CoreStage stage, string? step)
    {
        Stage = stage;
        Step = step;
    }

    internal static CoreText Of(TfheProgram program) => new(CoreStage.NewProgram(program), null);

    internal static CoreText Of(CoreModel model) => new(CoreStage.NewOnnx(model.Model), null);

    internal CoreStage Stage { get; }

    /// <summary>The step that left it; null when that is not known.</summary>
    internal string? Step { get; }

    /// <summary>Which stage it is.</summary>
    internal Stage Kind => CoreSteps.Kind(Stage.Kind);

    internal string Name => Stage.GraphName;

    /// <exception cref="CompilationException">The text is no stage; carries every error of it.</exception>
    internal static CoreText Parse(string name, string text) =>
        new(CoreResults.Take(CoreCompile.parse(name, text)), CoreCompile.stepOf(text)?.Value);

    /// <summary>The inputs, as real numbers or as codes.</summary>
    internal IReadOnlyList<ModelPort> Inputs(bool asCodes)
    {
        FSharpList<CoreInputPort> ports = CoreResults.Take(asCodes ? CoreInterpret.circuitPorts(Stage) : CoreInterpret.ports(Stage));
        IReadOnlyList<IReadOnlyList<string>> texts = asCodes
            ? [.. ports.Select(_ => (IReadOnlyList<string>)[])]
            : [.. CoreInterpret.texts(Stage, CoreResults.List(ports.Select(port => port.Name)))];
        return [.. ports.Select((port, index) => Port(port, asCodes) with { Texts = texts[index] })];
    }

    internal string Print(bool elide, bool plainNames = false) =>
        (plainNames, elide, Stage, Step) switch
        {
            (true, false, CoreStage.Onnx model, _) => CoreOnnxText.print(true, model.Item),
            (_, _, CoreStage.Program program, _) => ProgramListing.Print(program.Item),
            (_, _, _, string step) => CoreCompile.printAfter(elide, step, Stage),
            _ => CoreCompile.print(elide, Stage),
        };

    /// <summary>The codes that the circuit gives for samples of its own inputs, in clear.</summary>
    internal IReadOnlyList<Tensor> Circuit(Samples samples) =>
        Codes([.. CoreResults.Take(CoreInterpret.circuit(false, Stage, CoreResults.Samples(samples))).Item2!.Value], samples);

    /// <summary>Runs the stage in clear: real outputs, and their codes where the stage has codes.</summary>
    internal (IReadOnlyList<Tensor> Outputs, IReadOnlyList<Tensor>? Codes) Forward(Samples samples, bool asCodes)
    {
        try
        {
            (FSharpList<FSharpList<CoreTensor>> outputs, FSharpOption<FSharpList<CoreBatch>>? codes) = CoreResults
                .Take(CoreInterpret.forward(asCodes, Stage, CoreResults.Samples(samples)))
                .ToValueTuple();
            return (Samples.Join([.. outputs.Select(Tensors)], samples.Layout), codes is null ? null : Codes([.. codes.Value], samples));
        }
        catch (CoreEvalException problem)
        {
            throw CoreFloat.NotComputable(problem);
        }
    }

    /// <summary>What passes make of the stage.</summary>
    internal CoreText Apply(
        IReadOnlyList<string> passes,
        PassRunOptions options,
        IProgress<CompileProgress>? progress,
        CancellationToken cancellation
    )
    {
        FSharpList<ConcreteMl.Compiler.Core.Step> steps = CoreResults.List(
            passes.Select(pass => CoreResults.Take(CoreRegistry.parse(pass)))
        );
        FSharpList<FSharpList<CoreTensor>> samples = options.Samples is null
            ? FSharpList<FSharpList<CoreTensor>>.Empty
            : CoreResults.Samples(Bind(options.Samples));
        FSharpList<FSharpList<CoreTensor>> checks =
            options.Validate && samples.IsEmpty ? CoreInterpret.randomSamples(0, CoreValidate.sampleCount, Stage) : samples;
        List<Diagnostic> warnings = [];
        CoreWatch watch = CoreSteps.Watch(options.Verify, options.Validate, checks, options.OnStep, null, warnings.Add);
        CoreStage reached = CoreResults.Take(
            CoreDriver.runWith(
                watch,
                CoreCompiler.Settings(options.Compile, samples),
                CoreContext.Make(warnings, progress, options.Compile.Threads, cancellation),
                steps,
                Stage
            )
        );
        return new CoreText(reached, steps.IsEmpty ? Step : steps.Last().Name) { Warnings = warnings };
    }

    /// <exception cref="CompilationException">The stage computes on integers.</exception>
    internal FloatModule ToFloat()
    {
        if (Stage is not CoreStage.Float graph)
        {
            throw new CompilationException(
                Diagnostic.Error(
                    "CML6021",
                    Name,
                    $"this is the {Stage.Kind} stage",
                    "the text of a float stage",
                    "Print one with concreteml dump"
                )
            );
        }

        IReadOnlyList<ModelPort> outputs = [.. graph.Item.Outputs.Select(port => Port(port.Name, graph.Item.TypeOf(port.Value)))];
        return new FloatModule(new CoreFloat(graph.Item), Inputs(asCodes: false), outputs);
    }

    private static ModelPort Port(CoreInputPort port, bool asCodes) =>
        new(
            port.Name,
            asCodes ? ElementType.Int64 : CoreValues.FromCore(port.Element),
            port.Dims?.Value.Select(dimension => dimension is null ? null : (int?)dimension.Value).ToArray()
        );

    private static ModelPort Port(string name, CoreFloatValue type) =>
        new(
            name,
            CoreValues.FromCore(type.Element),
            type.Dims?.Value.Select(dimension => dimension is ConcreteMl.Compiler.Core.Float.Dim.Known known ? (int?)known.Item : null)
                .ToArray()
        );

    /// <summary>Warnings and notes of the passes that made it.</summary>
    internal IReadOnlyList<Diagnostic> Warnings { get; private init; } = [];

    private Samples Bind(IReadOnlyList<Tensor> samples) => new SampleBinder(Inputs(asCodes: false), "samples").Bind(samples);

    private static IReadOnlyList<Tensor> Tensors(FSharpList<CoreTensor> sample) => [.. sample.Select(CoreValues.FromCore)];

    private static IReadOnlyList<Tensor> Codes(CoreBatch[] outputs, Samples samples) =>
        Samples.Join(
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
