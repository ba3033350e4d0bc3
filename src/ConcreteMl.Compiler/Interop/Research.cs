using ConcreteMl.Data;
using Microsoft.FSharp.Collections;
using CoreCompilation = ConcreteMl.Compiler.Core.Compilation;
using CoreSettings = ConcreteMl.Compiler.Core.Settings;
using CoreStep = ConcreteMl.Compiler.Core.Step;
using CoreTensor = ConcreteMl.Compiler.Core.Base.Tensor;

namespace ConcreteMl.Interop;

/// <summary>
/// From the compiler's F# types to modules that score, report, check and run encrypted: for researchers with steps of their own. The
/// one place of the public surface that names F# types.
/// </summary>
public static class Research
{
    /// <summary>Compiles a model with steps of one's own among the pipeline's.</summary>
    /// <param name="model">The model.</param>
    /// <param name="calibration">Typical inputs, one array per input; the first axis counts samples.</param>
    /// <param name="options">What differs from the defaults.</param>
    /// <param name="change">The steps to run, made of the pipeline's: <c>Pipeline.before "lower" mine</c>, for example.</param>
    /// <param name="progress">Told of every step.</param>
    /// <param name="cancellation">Ends the compilation early.</param>
    /// <exception cref="CompilationException">A step refused the model, or one of <paramref name="change"/>'s left an illegal graph.</exception>
    public static QuantizedModule Compile(
        OnnxModel model,
        IReadOnlyList<Tensor> calibration,
        CompileOptions options,
        Func<FSharpList<CoreStep>, FSharpList<CoreStep>> change,
        IProgress<CompileProgress>? progress = null,
        CancellationToken cancellation = default
    )
    {
        OptionRules.Require(options);
        (FSharpList<CoreStep> own, _) = CoreSteps.Pipeline(options);
        FSharpList<CoreStep> steps = change(own);
        HashSet<string> foreign = [.. steps.Select(step => step.Name).Except(CoreSteps.All().Select(pass => pass.Name))];
        return CoreCompiler.Compile(
            ModelSource.Of(model),
            model.Inputs,
            new SampleBinder(model.Inputs, "calibration").Bind(calibration),
            options,
            steps,
            foreign,
            progress,
            cancellation
        );
    }

    /// <summary>The module of a compilation that <c>Compile.runWith</c> brought; it can be saved as an artefact.</summary>
    /// <param name="model">The model that the compilation began with.</param>
    /// <param name="calibration">What it was calibrated on.</param>
    /// <param name="options">What the artefact records.</param>
    /// <param name="made">What was brought.</param>
    public static QuantizedModule Module(
        OnnxModel model,
        IReadOnlyList<Tensor> calibration,
        CompileOptions options,
        CoreCompilation made
    ) =>
        CoreCompiler.Module(
            ModelSource.Of(model),
            model.Inputs,
            new SampleBinder(model.Inputs, "calibration").Bind(calibration),
            options,
            made,
            []
        );

    /// <summary>The decoded model as the compiler's first stage.</summary>
    public static ConcreteMl.Compiler.Core.Stage Stage(OnnxModel model) => ModelSource.Of(model).Stage;

    /// <summary>The compiler's settings of these options, with calibration samples; a rounding that is left to the compiler is none.</summary>
    public static CoreSettings Settings(CompileOptions options, OnnxModel model, IReadOnlyList<Tensor> calibration) =>
        CoreCompiler.Settings(options, Samples(model.Inputs, calibration));

    /// <summary>Arrays as the compiler takes samples: one list of inputs per sample.</summary>
    /// <exception cref="CompilationException">The arrays do not fit the inputs.</exception>
    public static FSharpList<FSharpList<CoreTensor>> Samples(IReadOnlyList<ModelPort> inputs, IReadOnlyList<Tensor> arrays) =>
        CoreResults.Samples(new SampleBinder(inputs, "samples").Bind(arrays));

    /// <summary>A tensor as the compiler's own.</summary>
    public static CoreTensor ToCore(Tensor tensor) => CoreValues.ToCore(tensor);

    /// <summary>The compiler's tensor as the API's.</summary>
    public static Tensor FromCore(CoreTensor tensor) => CoreValues.FromCore(tensor);
}
