using ConcreteMl.Data;
using ConcreteMl.Interop;
using ConcreteMl.Tuning;

namespace ConcreteMl;

/// <content>Tuning: the compiler looks for bits, rounding and tolerated failures itself.</content>
public static partial class ModelCompiler
{
    private static readonly Dictionary<string, Tensor> NoArrays = [];

    /// <summary>
    /// Searches bits, rounding and the tolerated failure probability of lookups for the fastest setting that reaches
    /// <see cref="CompileOptions.Target"/>, and compiles the model with it. Times are predicted, errors and accuracies simulated with
    /// the noise of the encrypted run. The same data, options and seed give the same choice, unless the budget ends the search.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="calibration">Typical inputs, one array per input of the model; the first axis counts samples.</param>
    /// <param name="validation">Samples to compare settings on; null: every fourth calibration sample, on which nothing is calibrated then.</param>
    /// <param name="options">
    /// What differs from the defaults. Without a target: at most a tenth more error than the default bits without rounding. A
    /// <see cref="CompileOptions.PError"/> or <see cref="CompileOptions.GlobalPError"/> that is given is kept.
    /// </param>
    /// <param name="tuning">How long, with which seed, for how many cores.</param>
    /// <param name="progress">Told of every setting; the fraction is the part of the budget that is used.</param>
    /// <param name="cancellation">Ends the search early.</param>
    /// <exception cref="CompilationException">
    /// The model, the data or the options are refused; carries all findings. No setting meets the target: CML5006, which says the best
    /// that is reached.
    /// </exception>
    public static TuneResult Tune(
        OnnxModel model,
        IReadOnlyList<Tensor> calibration,
        TuneData? validation = null,
        CompileOptions? options = null,
        TuneOptions? tuning = null,
        IProgress<CompileProgress>? progress = null,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        Samples samples = new SampleBinder(model.Inputs, "calibration").Bind(calibration);
        Validation? given = validation is null
            ? null
            : new Validation(new SampleBinder(model.Inputs, "validation").Bind(validation.Inputs), Expected(validation), "validation");
        return Tuned(ModelSource.Of(model), model.Inputs, samples, NoArrays, given, options, tuning, progress, cancellation);
    }

    /// <summary>
    /// As <see cref="Tune(OnnxModel, IReadOnlyList{Tensor}, TuneData?, CompileOptions?, TuneOptions?, IProgress{CompileProgress}?, CancellationToken)"/>,
    /// on another thread.
    /// </summary>
    public static Task<TuneResult> TuneAsync(
        OnnxModel model,
        IReadOnlyList<Tensor> calibration,
        TuneData? validation = null,
        CompileOptions? options = null,
        TuneOptions? tuning = null,
        IProgress<CompileProgress>? progress = null,
        CancellationToken cancellation = default
    ) => Task.Run(() => Tune(model, calibration, validation, options, tuning, progress, cancellation), cancellation);

    internal static TuneResult Tuned(
        ModelSource source,
        IReadOnlyList<ModelPort> inputs,
        Samples calibration,
        IReadOnlyDictionary<string, Tensor> arrays,
        Validation? validation,
        CompileOptions? options,
        TuneOptions? tuning,
        IProgress<CompileProgress>? progress,
        CancellationToken cancellation
    )
    {
        CompileOptions asked = options ?? new CompileOptions();
        TuneOptions how = tuning ?? new TuneOptions();
        OptionRules.Require(asked);
        OptionRules.Require(how);
        return new Tuner(source, inputs, asked, how, progress, cancellation).Run(calibration, arrays, validation);
    }

    private static Dictionary<string, Tensor> Expected(TuneData data)
    {
        Dictionary<string, Tensor> expected = [];
        if (data.Labels is Tensor labels)
        {
            expected["label"] = labels;
        }

        for (int index = 0; index < (data.Outputs?.Count ?? 0); index++)
        {
            expected[$"y{index}"] = data.Outputs![index];
        }

        return expected;
    }
}
