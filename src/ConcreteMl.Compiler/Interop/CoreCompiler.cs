using ConcreteMl.Artefacts;
using ConcreteMl.Data;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using CoreBaseContext = ConcreteMl.Compiler.Core.Base.Context;
using CoreClientPartsModule = ConcreteMl.Compiler.Core.Float.Client.ClientPartsModule;
using CoreCompilation = ConcreteMl.Compiler.Core.Compilation;
using CoreCompile = ConcreteMl.Compiler.Core.Compile;
using CoreDeclared = ConcreteMl.Compiler.Core.DeclaredInputs;
using CoreKeySwitch = ConcreteMl.Compiler.Core.Circuit.KeySwitchKind;
using CorePipeline = ConcreteMl.Compiler.Core.Pipeline;
using CoreSettings = ConcreteMl.Compiler.Core.Settings;
using CoreStage = ConcreteMl.Compiler.Core.Stage;
using CoreStep = ConcreteMl.Compiler.Core.Step;
using CoreTensor = ConcreteMl.Compiler.Core.Base.Tensor;
using CoreWatch = ConcreteMl.Compiler.Core.Watch;

namespace ConcreteMl.Interop;

/// <summary>The compiler's whole way.</summary>
internal static class CoreCompiler
{
    internal static QuantizedModule Compile(
        ModelSource source,
        IReadOnlyList<ModelPort> inputs,
        Samples calibration,
        string place,
        CompileOptions options,
        IProgress<CompileProgress>? progress,
        CancellationToken cancellation
    )
    {
        calibration = Declared(inputs, calibration, options);
        (FSharpList<CoreStep> all, HashSet<string> foreign) = CoreSteps.Pipeline(options);
        FSharpOption<string>? step = source.Step is string name ? FSharpOption<string>.Some(name) : null;
        FSharpList<CoreStep> steps = CorePipeline.from(step, source.Stage.Kind, all);
        RequireFinite(source, inputs, calibration, place, options, steps);
        return Compile(source, inputs, calibration, options, steps, foreign, progress, cancellation);
    }

    /// <summary>The calibration samples with the ranges that are declared for inputs.</summary>
    internal static Samples Declared(IReadOnlyList<ModelPort> inputs, Samples calibration, CompileOptions options)
    {
        if (options.Ranges.Count == 0)
        {
            return calibration;
        }

        FSharpList<FSharpList<CoreTensor>> declared = CoreResults.Take(
            CoreDeclared.samples(
                CoreResults.List(inputs.Select(port => port.Name)),
                CoreResults.List(options.Ranges.Select(range => Tuple.Create(range.Input, Tuple.Create(range.Low, range.High)))),
                CoreResults.Samples(calibration)
            )
        );
        return calibration with { Items = [.. declared.Select(sample => (IReadOnlyList<Tensor>)[.. sample.Select(CoreValues.FromCore)])] };
    }

    // What is missing may be told by NaN where the client puts something in its place before it encrypts.
    internal static void RequireFinite(
        ModelSource source,
        IReadOnlyList<ModelPort> inputs,
        Samples calibration,
        string place,
        CompileOptions options,
        FSharpList<CoreStep> steps
    )
    {
        IReadOnlyList<Diagnostic> findings = Finite.Findings(inputs, calibration, place);
        if (findings.Count == 0)
        {
            return;
        }

        CoreSettings settings = Settings(options, CoreResults.Samples(calibration));
        CoreStage cut = CoreResults.Take(CoreCompile.untilCut(settings, CoreContext.Quiet, steps, source.Stage));
        if (cut.ClientParts.Before is null)
        {
            throw new CompilationException(findings);
        }

        Samples entered = calibration with
        {
            Items =
            [
                .. CoreResults
                    .Samples(calibration)
                    .Select(sample =>
                        (IReadOnlyList<Tensor>)[.. CoreClientPartsModule.enter(cut.ClientParts, sample).Select(CoreValues.FromCore)]
                    ),
            ],
        };
        IReadOnlyList<ModelPort> ports =
        [
            .. cut.ClientParts.Before.Value.Outputs.Select(
                (port, index) =>
                    new ModelPort(port.Name, entered.Items[0][index].Element, [.. entered.Items[0][index].Shape.Select(size => (int?)size)])
            ),
        ];
        Finite.Require(ports, entered, $"{place}, behind the client's part");
    }

    /// <summary>The module that given steps make; <paramref name="foreign"/> names those that are not ours.</summary>
    internal static QuantizedModule Compile(
        ModelSource source,
        IReadOnlyList<ModelPort> inputs,
        Samples calibration,
        CompileOptions options,
        FSharpList<CoreStep> steps,
        IReadOnlySet<string> foreign,
        IProgress<CompileProgress>? progress,
        CancellationToken cancellation
    )
    {
        List<Diagnostic> findings = [.. source.Model?.Diagnostics ?? []];
        FSharpList<FSharpList<CoreTensor>> samples = CoreResults.Samples(calibration);
        CoreWatch watch = CoreSteps.Watch(true, options.Validate, samples, options.OnStep, options.DumpDirectory, findings.Add);
        CoreBaseContext context = CoreContext.Make(findings, progress, options.Threads, cancellation);
        RoundingChoice? choice = CoreSteps.Guard(
            foreign,
            () => CoreRounding.Choose(options, Settings(options, samples), context, steps, source.Stage)
        );
        CompileOptions decided = options.Rounding is { IsAutomatic: true } ? options with { Rounding = choice?.Chosen.Rounding } : options;
        CoreCompilation made = CoreSteps.Guard(
            foreign,
            () => CoreResults.Take(CoreCompile.runWith(watch, Settings(decided, samples, choice), context, steps, source.Stage))
        );
        if (choice is not null)
        {
            findings.AddRange(CoreRounding.Warnings(choice, source.Name));
        }

        return Module(source, inputs, calibration, decided, made, findings, choice);
    }

    /// <summary>The module of a compilation.</summary>
    internal static QuantizedModule Module(
        ModelSource source,
        IReadOnlyList<ModelPort> inputs,
        Samples calibration,
        CompileOptions options,
        CoreCompilation made,
        IReadOnlyList<Diagnostic> findings,
        RoundingChoice? choice = null
    ) =>
        new(
            source,
            StageTexts.OfStages(source, made),
            made.Program,
            CoreReport.Of(made.Cost, made.Program.IsExecutable) with
            {
                Rounding = choice,
                Client = CoreClientParts.Share(CoreStage.NewCircuit(made.Circuit)),
            },
            RecordedOptions.Of(options),
            CalibrationFigures.Of(inputs, calibration),
            findings,
            CoreClientParts.Half(made.Program, CoreStage.NewCircuit(made.Circuit))
        );

    /// <summary>The text of a model's normalized float graph.</summary>
    internal static string Normalize(OnnxModel model, bool elide)
    {
        CoreSettings settings = Settings(new CompileOptions(), FSharpList<FSharpList<CoreTensor>>.Empty);
        return CoreCompile.printAfter(
            elide,
            CorePipeline.@float.Last().Name,
            CoreStage.NewFloat(CoreResults.Take(CoreCompile.normalize(settings, CoreContext.Quiet, model.Core.Model)))
        );
    }

    internal static CoreSettings Settings(
        CompileOptions options,
        FSharpList<FSharpList<CoreTensor>> calibration,
        RoundingChoice? choice = null
    ) =>
        new(
            CoreOptions.Bits(options, choice),
            options.ImportQat,
            calibration,
            CoreResults.List(options.Shapes.Select(shape => Tuple.Create(shape.Input, shape.Sizes.ToArray()))),
            CoreResults.Option(options.LookupBound),
            CoreResults.Option(options.GlobalPError),
            options.Security,
            options.KeySwitch == KeySwitchKind.Fourier ? CoreKeySwitch.Fourier : CoreKeySwitch.Lwe,
            options.ClientParts == ClientParts.Auto
        );
}
