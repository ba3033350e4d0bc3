using ConcreteMl.Data;
using ConcreteMl.Tuning;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using CoreCompilation = ConcreteMl.Compiler.Core.Compilation;
using CoreCompile = ConcreteMl.Compiler.Core.Compile;
using CoreDriver = ConcreteMl.Compiler.Core.Driver;
using CorePipeline = ConcreteMl.Compiler.Core.Pipeline;
using CorePlanRoundings = ConcreteMl.Compiler.Core.Planned.Passes.PlanRoundings;
using CoreSettings = ConcreteMl.Compiler.Core.Settings;
using CoreStage = ConcreteMl.Compiler.Core.Stage;
using CoreStep = ConcreteMl.Compiler.Core.Step;
using CoreTensor = ConcreteMl.Compiler.Core.Base.Tensor;
using CoreWatch = ConcreteMl.Compiler.Core.Watch;

namespace ConcreteMl.Interop;

/// <summary>A compilation in three parts: what all settings share, what bits and rounding decide, and what the failure bound decides.</summary>
internal sealed class CoreTuning
{
    private readonly ModelSource source;
    private readonly IReadOnlyList<ModelPort> inputs;
    private readonly Samples calibration;
    private readonly CompileOptions options;
    private readonly FSharpList<FSharpList<CoreTensor>> samples;
    private readonly HashSet<string> foreign;
    private readonly FSharpList<CoreStep> integers;
    private readonly FSharpList<CoreStep> later;
    private readonly CoreStage prepared;

    /// <summary>Runs what all settings share.</summary>
    /// <exception cref="CompilationException">The model or the data are refused; or the bits are decided already (CML6030).</exception>
    internal CoreTuning(
        ModelSource source,
        IReadOnlyList<ModelPort> inputs,
        Samples calibration,
        CompileOptions options,
        CancellationToken cancellation
    )
    {
        this.source = source;
        this.inputs = inputs;
        this.calibration = CoreCompiler.Declared(inputs, calibration, options);
        this.options = options;
        samples = CoreResults.Samples(this.calibration);
        (FSharpList<CoreStep> all, foreign) = CoreSteps.Pipeline(options);
        CoreStep[] steps = [.. CorePipeline.from(CoreResults.Name(source.Step), source.Stage.Kind, all)];
        int first = Array.FindIndex(steps, step => step.Pass == CorePlanRoundings.Name);
        if (first < 0)
        {
            throw new CompilationException(
                Diagnostic.Error(
                    "CML6030",
                    source.Name,
                    "the text's bits are decided: there is nothing left to tune",
                    "an ONNX model, or the text of a stage before plan-roundings",
                    "Tune the model itself"
                )
            );
        }

        CoreCompiler.RequireFinite(source, inputs, calibration, "calibration", options, CoreResults.List(steps));
        int last = Array.FindIndex(steps, first, step => !step.To.IsPlanned && !step.To.IsQuant);
        integers = CoreResults.List(steps[first..last]);
        later = CoreResults.List(steps[last..]);
        prepared = Run(options, CoreResults.List(steps[..first]), source.Stage, cancellation);
    }

    /// <summary>The integers of a setting; null when the compiler refuses it.</summary>
    internal CoreText? Quantize(Quantization one, CancellationToken cancellation)
    {
        try
        {
            CoreStage stage = Run(options with { Bits = one.Bits, Rounding = one.Rounding }, integers, prepared, cancellation);
            return new CoreText(stage, integers.Last().Name);
        }
        catch (CompilationException)
        {
            return null;
        }
    }

    /// <summary>The module of a setting whose integers are at hand; null when the compiler refuses it.</summary>
    internal QuantizedModule? Module(CoreText stage, Setting setting, CancellationToken cancellation)
    {
        CompileOptions decided = Decided(options, setting);
        CoreWatch watch = CoreSteps.Watch(true, false, samples, null, null, _ => { });
        try
        {
            CoreCompilation made = CoreSteps.Guard(
                foreign,
                () =>
                    CoreResults.Take(
                        CoreCompile.runWith(
                            watch,
                            CoreCompiler.Settings(decided, samples),
                            CoreContext.Make([], null, options.Threads, cancellation),
                            later,
                            stage.Stage
                        )
                    )
            );
            return CoreCompiler.Module(source, inputs, calibration, decided, made, []);
        }
        catch (CompilationException)
        {
            return null;
        }
    }

    /// <summary>The options that compile a setting.</summary>
    internal static CompileOptions Decided(CompileOptions options, Setting setting) =>
        options with
        {
            Target = null,
            Bits = setting.Quantization.Bits,
            Rounding = setting.Quantization.Rounding,
            PError = setting.PError ?? options.PError,
        };

    private CoreStage Run(CompileOptions decided, FSharpList<CoreStep> steps, CoreStage stage, CancellationToken cancellation)
    {
        CoreWatch watch = CoreSteps.Watch(true, false, samples, null, null, _ => { });
        CoreSettings settings = CoreCompiler.Settings(decided, samples);
        return CoreSteps.Guard(
            foreign,
            () =>
                CoreResults.Take(
                    CoreDriver.runWith(watch, settings, CoreContext.Make([], null, options.Threads, cancellation), steps, stage)
                )
        );
    }
}
