using System.Diagnostics.CodeAnalysis;
using ConcreteMl.Data;
using ConcreteMl.Interop;

namespace ConcreteMl;

/// <summary>Compiles ONNX models.</summary>
public static partial class ModelCompiler
{
    /// <summary>Quantizes a model and compiles it to a program that runs on encrypted data.</summary>
    /// <param name="model">The model.</param>
    /// <param name="calibration">Typical inputs, one array per input of the model; the first axis counts samples.</param>
    /// <param name="options">What differs from the defaults.</param>
    /// <param name="progress">Told of every step.</param>
    /// <param name="cancellation">Ends the compilation early.</param>
    /// <exception cref="CompilationException">The model, the data or the options are refused; carries all findings.</exception>
    public static QuantizedModule Compile(
        OnnxModel model,
        IReadOnlyList<Tensor> calibration,
        CompileOptions? options = null,
        IProgress<CompileProgress>? progress = null,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        Samples samples = new SampleBinder(model.Inputs, "calibration").Bind(calibration);
        return Compile(model, samples, "calibration", options ?? new CompileOptions(), progress, cancellation);
    }

    /// <summary>As <see cref="Compile(OnnxModel, IReadOnlyList{Tensor}, CompileOptions?, IProgress{CompileProgress}?, CancellationToken)"/>, but returns findings.</summary>
    /// <returns>Whether there is a module; the diagnostics hold warnings and notes then, and all findings otherwise.</returns>
    public static bool TryCompile(
        OnnxModel model,
        IReadOnlyList<Tensor> calibration,
        CompileOptions? options,
        [NotNullWhen(true)] out QuantizedModule? module,
        out IReadOnlyList<Diagnostic> diagnostics,
        IProgress<CompileProgress>? progress = null,
        CancellationToken cancellation = default
    )
    {
        try
        {
            module = Compile(model, calibration, options, progress, cancellation);
            diagnostics = module.Diagnostics;
            return true;
        }
        catch (CompilationException refusal)
        {
            module = null;
            diagnostics = refusal.Diagnostics;
            return false;
        }
    }

    /// <summary>Goes on from the text of a stage: behind the step that left it, or at the first step that takes the stage.</summary>
    /// <param name="text">The text.</param>
    /// <param name="calibration">Typical inputs, one array per input; null where the text is past the steps that look at data.</param>
    /// <param name="options">What differs from the defaults; what is decided in the text stays.</param>
    /// <param name="progress">Told of every step.</param>
    /// <param name="cancellation">Ends the compilation early.</param>
    /// <exception cref="CompilationException">The text, the data or the options are refused; carries all findings.</exception>
    public static QuantizedModule Compile(
        StageText text,
        IReadOnlyList<Tensor>? calibration = null,
        CompileOptions? options = null,
        IProgress<CompileProgress>? progress = null,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(text);
        Samples samples = calibration is null
            ? new Samples([], SampleLayout.Batch)
            : new SampleBinder(text.Inputs, "calibration").Bind(calibration);
        return Compile(text, samples, "calibration", options ?? new CompileOptions(), progress, cancellation);
    }

    /// <summary>The normalized float graph, bound to one sample: what is quantized.</summary>
    /// <exception cref="CompilationException">Some operators are not supported; carries all of them.</exception>
    public static StageText Normalize(OnnxModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return StageText.Parse(CoreCompiler.Normalize(model, elide: false), model.Name);
    }

    internal static QuantizedModule Compile(
        StageText text,
        Samples calibration,
        string place,
        CompileOptions options,
        IProgress<CompileProgress>? progress,
        CancellationToken cancellation
    )
    {
        return Compile(ModelSource.Of(text), text.Inputs, calibration, place, options, progress, cancellation);
    }

    /// <summary>Stops at the normalized graph on real numbers.</summary>
    /// <exception cref="CompilationException">Some operators are not supported; carries all of them.</exception>
    public static FloatModule ToFloat(OnnxModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new FloatModule(CoreFloat.Import(model.Core), model.Inputs, model.Outputs);
    }

    /// <summary>As <see cref="ToFloat(OnnxModel)" />; sizes that the model leaves open and needs are those of the samples.</summary>
    internal static FloatModule ToFloat(OnnxModel model, Samples samples) =>
        samples.Items.Count == 0
            ? ToFloat(model)
            : new FloatModule(CoreFloat.Import(model.Core, samples.Items[0]), model.Inputs, model.Outputs);

    internal static QuantizedModule Compile(
        OnnxModel model,
        Samples calibration,
        string place,
        CompileOptions options,
        IProgress<CompileProgress>? progress,
        CancellationToken cancellation
    )
    {
        return Compile(ModelSource.Of(model), model.Inputs, calibration, place, options, progress, cancellation);
    }

    private static QuantizedModule Compile(
        ModelSource source,
        IReadOnlyList<ModelPort> inputs,
        Samples calibration,
        string place,
        CompileOptions options,
        IProgress<CompileProgress>? progress,
        CancellationToken cancellation
    )
    {
        OptionRules.Require(options);
        return options.Target is null
            ? CoreCompiler.Compile(source, inputs, calibration, place, options, progress, cancellation)
            : Tuned(source, inputs, calibration, NoArrays, null, options, null, progress, cancellation).Module;
    }
}
