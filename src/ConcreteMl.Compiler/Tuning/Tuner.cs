using System.Diagnostics;
using ConcreteMl.Data;
using ConcreteMl.Interop;

namespace ConcreteMl.Tuning;

/// <summary>One tuning: data is parted, settings are searched within the budget, and the choice is compiled.</summary>
internal sealed class Tuner(
    ModelSource source,
    IReadOnlyList<ModelPort> inputs,
    CompileOptions options,
    TuneOptions tune,
    IProgress<CompileProgress>? progress,
    CancellationToken cancellation
)
{
    // The default target: what a compilation promises of its rounding, held against its own bits without rounding.
    private const double AcceptedError = 1.1;

    /// <param name="calibration">Typical inputs.</param>
    /// <param name="arrays">What the calibration file holds beside them: labels and expected outputs of held-out samples.</param>
    /// <param name="given">Validation data; null: every fourth calibration sample.</param>
    /// <exception cref="CompilationException">The model, data or options are refused; no setting meets the target (CML5006), or none was simulated in time (CML5007).</exception>
    internal TuneResult Run(Samples calibration, IReadOnlyDictionary<string, Tensor> arrays, Validation? given)
    {
        (Samples used, Validation held) = given is null ? Validation.HoldOut(calibration, arrays, "calibration") : (calibration, given);
        if (options.Target is { Measure: TuneMeasure.Accuracy } && !held.HasLabels)
        {
            throw Unlabelled(held);
        }

        FloatModule model = source.Text is { Stage: Stage.Float } text ? text.ToFloat() : ModelCompiler.ToFloat(source.RequireModel());
        Validation validation = held.Completed(model, options.Threads, cancellation);
        Stopwatch watch = Stopwatch.StartNew();
        CoreTuning compiler = new(source, inputs, used, options, cancellation);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(tune.Budget);
        SimulatedCosts costs = new(
            compiler,
            validation,
            options,
            tune,
            step => progress?.Report(new CompileProgress(step, Math.Min(1.0, watch.Elapsed / tune.Budget))),
            limit.Token
        );
        TuneTarget? target = options.Target;
        bool complete = true;
        try
        {
            target ??= Default(costs);
            Search(costs, target);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            complete = false;
        }

        TunedSetting chosen = Choose(costs, target, complete);
        Setting setting = costs.Of(chosen);
        QuantizedModule module = CoreCompiler.Compile(
            source,
            inputs,
            used,
            "calibration",
            CoreTuning.Decided(options, setting),
            progress,
            cancellation
        );
        return new TuneResult(
            target!,
            Front(costs.Simulated, target!),
            chosen,
            module,
            costs.Cores,
            costs.Quantized,
            costs.Priced,
            costs.Simulated.Count,
            complete
        );
    }

    private void Search(SimulatedCosts costs, TuneTarget target)
    {
        SearchSpace space = SearchSpace.Of(options, tune);
        if (target.BoundsPrice)
        {
            new MostAccurateSearch(costs, space, target).Run();
        }
        else
        {
            new FastestSearch(costs, space, target).Run();
        }
    }

    // As accurate as what a compilation without options computes.
    private TuneTarget Default(SimulatedCosts costs)
    {
        Quantization usual = new(options.ImportQat ? options.Bits : new CompileOptions().Bits, null);
        SettingScore score = costs.Clear(usual) ?? costs.Clear(usual with { Rounding = new Rounding(8) }) ?? throw Refused();
        return TuneTarget.Error(AcceptedError * Math.Max(score.Error, double.Epsilon));
    }

    private TunedSetting Choose(SimulatedCosts costs, TuneTarget? target, bool complete)
    {
        if (costs.Simulated.Count == 0 || target is null)
        {
            throw complete ? Unmet(costs, target!, complete) : OutOfTime(costs);
        }

        IEnumerable<TunedSetting> sound = costs.Simulated.Where(one => one.Meets(target));
        TunedSetting? chosen = target.BoundsPrice
            ? sound.MinBy(one => (one.ErrorOverStd, target.Spent(one.Price)))
            : sound.MinBy(one => (one.PredictedSeconds, one.ErrorOverStd));
        return chosen ?? throw Unmet(costs, target, complete);
    }

    private static IReadOnlyList<TunedSetting> Front(IReadOnlyCollection<TunedSetting> all, TuneTarget target) =>
        [
            .. all.Where(one => !all.Any(other => other.Dominates(one, target)))
                .OrderBy(one => target.Spent(one.Price))
                .ThenBy(one => one.ErrorOverStd)
                .DistinctBy(one => (target.Spent(one.Price), one.ErrorOverStd, one.Accuracy)),
        ];

    private CompilationException Refused() =>
        new(
            Diagnostic.Error(
                "CML5006",
                source.Name,
                "the compiler refuses every setting of bits and rounding",
                "a model that is quantized",
                "Compile the model (concreteml compile) to see why"
            )
        );

    private CompilationException Unmet(SimulatedCosts costs, TuneTarget target, bool complete)
    {
        string reached = costs.Best(target) is string best ? $"the best is {best}" : "no setting was priced";
        return new CompilationException(
            Diagnostic.Error(
                "CML5006",
                source.Name,
                $"no setting {(complete ? "" : "that was looked at within the budget ")}meets {target}: {reached}",
                $"a setting that meets {target}",
                complete
                    ? "Ask for less (--target), or train the model for fewer bits"
                    : "Give more time (--budget), or ask for less (--target)"
            )
        );
    }

    private CompilationException OutOfTime(SimulatedCosts costs) =>
        new(
            Diagnostic.Error(
                "CML5007",
                source.Name,
                FormattableString.Invariant(
                    $"no setting was simulated within {tune.Budget.TotalSeconds:0.###} s ({costs.Quantized} quantized, {costs.Priced} priced)"
                ),
                "time for one setting at least",
                "Give more time (--budget), or fewer validation samples"
            )
        );

    private static CompilationException Unlabelled(Validation validation) =>
        new(
            Diagnostic.Error(
                "CML6031",
                validation.Place,
                "the target is an accuracy, and there are no labels",
                "an array label, one number for each sample",
                "Add the labels (--validation V.npz with an array label), or name an error: --target error=0.03"
            )
        );
}
