using System.Globalization;
using ConcreteMl.Interop;
using ConcreteMl.Running;

namespace ConcreteMl.Tuning;

/// <summary>Answers by compiling: from the last step that all settings share to integers, from there to parameters, and simulation.</summary>
internal sealed class SimulatedCosts : ISettingCosts
{
    // What a search comes back to lies a few steps behind; graphs of large models take much memory.
    private const int KeptQuantizations = 24;
    private const int KeptModules = 8;

    // what a compilation without options tolerates
    private static readonly double DefaultBound = Math.Pow(2.0, -40.0);

    private readonly Validation validation;
    private readonly TuneOptions tune;
    private readonly Action<string> tell;
    private readonly CancellationToken cancellation;
    private readonly int threads;
    private readonly double? defaultBound;
    private readonly Recent<Quantization, CoreText?> integers;
    private readonly Recent<Setting, QuantizedModule?> modules;
    private readonly Dictionary<Quantization, SettingScore?> clear = [];
    private readonly Dictionary<Setting, CircuitReport?> reports = [];
    private readonly Dictionary<Setting, TunedSetting> simulated = [];

    internal SimulatedCosts(
        CoreTuning compiler,
        Validation validation,
        CompileOptions options,
        TuneOptions tune,
        Action<string> tell,
        CancellationToken cancellation
    )
    {
        this.validation = validation;
        this.tune = tune;
        this.tell = tell;
        this.cancellation = cancellation;
        threads = options.Threads;
        defaultBound = options.LookupBound ?? (options.GlobalPError is null ? DefaultBound : null);
        integers = new Recent<Quantization, CoreText?>(KeptQuantizations, one => compiler.Quantize(one, cancellation));
        modules = new Recent<Setting, QuantizedModule?>(
            KeptModules,
            setting => integers.Get(setting.Quantization) is CoreText stage ? compiler.Module(stage, setting, cancellation) : null
        );
    }

    internal int Quantized => clear.Count;

    internal int Priced => reports.Count;

    /// <summary>What was simulated, in this order.</summary>
    internal IReadOnlyCollection<TunedSetting> Simulated => simulated.Values;

    public SettingScore? Clear(Quantization quantization)
    {
        if (!clear.TryGetValue(quantization, out SettingScore? score))
        {
            tell($"{Words(quantization)}: in clear");
            CoreText? stage = integers.Get(quantization);
            cancellation.ThrowIfCancellationRequested();
            score = stage is null ? null : validation.Score(stage.Forward(validation.Samples, asCodes: false).Outputs);
            clear[quantization] = score;
        }

        return score;
    }

    public SettingPrice? Price(Setting setting)
    {
        CircuitReport? report = Report(setting);
        return report is null ? null : new SettingPrice(report.PredictedSeconds!.Value, report.EvaluationKeyBytes!.Value);
    }

    private CircuitReport? Report(Setting setting)
    {
        if (!reports.TryGetValue(setting, out CircuitReport? report))
        {
            tell($"{Words(setting)}: priced");
            report = modules.Get(setting) is { IsExecutable: true } module ? module.Report.OnCores(Cores) : null;
            reports[setting] = report;
        }

        return report;
    }

    public TunedSetting Simulate(Setting setting, TuneTarget target)
    {
        if (simulated.TryGetValue(setting, out TunedSetting? known))
        {
            return known;
        }

        tell($"{Words(setting)}: simulated");
        SettingPrice price = Price(setting) ?? throw new InvalidOperationException("only what has parameters is simulated");
        QuantizedModule module = modules.Get(setting)!;
        SettingScore score = InRuns(module, target);
        TunedSetting tuned = new(
            setting.Quantization.Bits,
            setting.Quantization.Rounding,
            setting.PError ?? defaultBound,
            price.Seconds,
            price.KeyBytes,
            score.Error,
            score.Accuracy
        );
        simulated[setting] = tuned;
        return tuned;
    }

    private SettingScore InRuns(QuantizedModule module, TuneTarget target)
    {
        RunScores scores = new(target, validation.Samples.Items.Count);
        for (ulong run = 0; scores.AsksForMore; run++)
        {
            RunOptions options = new() { Seed = tune.Seed + run, Threads = threads };
            ModuleRun done = module.Run(validation.Samples, FheMode.Simulate, options, null, cancellation);
            scores.Add(validation.Score(done.Outputs));
        }

        return scores.Result;
    }

    /// <summary>The setting that comes closest to a target, in words; null when none was tried.</summary>
    internal string? Best(TuneTarget target)
    {
        TunedSetting? done = target.Measure switch
        {
            TuneMeasure.Accuracy => simulated.Values.MaxBy(one => (one.Accuracy, -one.ErrorOverStd)),
            TuneMeasure.Error => simulated.Values.MinBy(one => one.ErrorOverStd),
            _ => null,
        };
        if (done is not null)
        {
            return FormattableString.Invariant(
                $"{Words(Of(done))}, with accuracy {done.Accuracy?.ToString("G4", CultureInfo.InvariantCulture) ?? "unknown"} and error {done.ErrorOverStd:G3}"
            );
        }

        if (target.BoundsPrice)
        {
            (Setting setting, SettingPrice? least) = reports
                .Keys.Select(one => (one, Price(one)))
                .Where(pair => pair.Item2 is not null)
                .MinBy(pair => target.Spent(pair.Item2!));
            return least is null
                ? null
                : FormattableString.Invariant($"{Words(setting)}, with {least.Seconds:G3} s and a key of {least.KeyBytes} bytes");
        }

        (Quantization one, SettingScore? score) = clear
            .Where(pair => pair.Value is not null)
            .MaxBy(pair => (pair.Value!.Accuracy, -pair.Value.Error));
        return score is null
            ? null
            : FormattableString.Invariant(
                $"{Words(one)} in clear, with accuracy {score.Accuracy?.ToString("G4", CultureInfo.InvariantCulture) ?? "unknown"} and error {score.Error:G3}"
            );
    }

    /// <summary>The point of the search that a simulated setting is.</summary>
    internal Setting Of(TunedSetting tuned) => simulated.First(pair => ReferenceEquals(pair.Value, tuned)).Key;

    internal int Cores => tune.Cores > 0 ? tune.Cores : Environment.ProcessorCount;

    private static string Words(Quantization one) => $"bits {one.Bits}, rounding {one.Rounding?.ToString() ?? "none"}";

    private static string Words(Setting setting) =>
        setting.PError is double bound
            ? FormattableString.Invariant($"{Words(setting.Quantization)}, p-error {bound}")
            : Words(setting.Quantization);
}
