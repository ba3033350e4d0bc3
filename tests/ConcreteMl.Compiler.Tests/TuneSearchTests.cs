using ConcreteMl.Tuning;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>The search of a tuning on costs that are formulas.</summary>
public sealed class TuneSearchTests
{
    private static readonly TuneTarget Time = TuneTarget.Seconds(1.0);
    private static readonly SearchSpace Space = SearchSpace.Of(new CompileOptions(), new TuneOptions());

    [TestCase(0.3)]
    [TestCase(0.1)]
    [TestCase(0.03)]
    public void The_fastest_uniform_setting_is_found_or_a_faster_one_beside_it(double error)
    {
        FormulaCosts costs = new();
        TuneTarget target = TuneTarget.Error(error);
        new FastestSearch(costs, Space, target).Run();
        TunedSetting found = costs.Done.Where(one => one.Meets(target)).MinBy(one => one.PredictedSeconds)!;
        FormulaCosts every = new();
        double best = Uniform()
            .Where(one => every.Price(one) is not null)
            .Select(one => every.Simulate(one, target))
            .Where(one => one.Meets(target))
            .Min(one => one.PredictedSeconds);
        Assert.That(found.PredictedSeconds, Is.LessThanOrEqualTo(best));
        Assert.That(costs.Done, Has.Count.LessThan(every.Done.Count));
    }

    [Test]
    public void What_misses_the_target_in_clear_is_not_priced_and_what_is_too_slow_not_simulated()
    {
        FormulaCosts costs = new();
        TuneTarget target = TuneTarget.Error(0.05);
        new FastestSearch(costs, Space, target).Run();
        Assert.That(costs.PricedOnes, Is.All.Matches<Setting>(one => costs.Clear(one.Quantization)!.Meets(target)));
        double[] met = [.. costs.Done.Where(one => one.Meets(target)).Select(one => one.PredictedSeconds)];
        Assert.That(costs.Done, Is.All.Matches<TunedSetting>(one => one.PredictedSeconds <= 1.5 * met[0]));
    }

    [TestCase(0.3)]
    [TestCase(0.1)]
    [TestCase(0.05)]
    public void What_misses_the_target_is_not_simulated_with_more_tolerated_noise(double error)
    {
        FormulaCosts costs = new();
        TuneTarget target = TuneTarget.Error(error);
        new FastestSearch(costs, Space, target).Run();
        TunedSetting[] done = [.. costs.Done];
        for (int index = 0; index < done.Length; index++)
        {
            TunedSetting later = done[index];
            TunedSetting[] missed = [.. done.Take(index).Where(one => !one.Meets(target))];
            Assert.That(
                missed.Where(one => (one.Bits, one.Rounding) == (later.Bits, later.Rounding) && one.PError < later.PError),
                Is.Empty
            );
        }
    }

    [Test]
    public void No_setting_meets_what_none_can()
    {
        FormulaCosts costs = new();
        new FastestSearch(costs, Space, TuneTarget.Error(1e-9)).Run();
        Assert.That(costs.Done, Is.Empty);
        Assert.That(costs.PricedOnes, Is.Empty);
    }

    [TestCase(0.05)]
    [TestCase(0.2)]
    public void Within_a_time_the_error_is_that_of_the_best_uniform_setting_or_less(double seconds)
    {
        FormulaCosts costs = new();
        TuneTarget target = TuneTarget.Seconds(seconds);
        new MostAccurateSearch(costs, Space, target).Run();
        TunedSetting found = costs.Done.Where(one => one.Meets(target)).MinBy(one => one.ErrorOverStd)!;
        FormulaCosts every = new();
        IEnumerable<TunedSetting> fitting = Uniform()
            .Where(one => every.Price(one)?.Seconds <= seconds)
            .Select(one => every.Simulate(one, target));
        Assert.That(found.ErrorOverStd, Is.LessThanOrEqualTo(fitting.Min(one => one.ErrorOverStd)));
        Assert.That(costs.Done, Is.All.Matches<TunedSetting>(one => one.PredictedSeconds <= seconds));
    }

    [TestCase(3_000_000)]
    [TestCase(9_000_000)]
    public void Within_a_size_of_keys_the_error_is_that_of_the_best_uniform_setting_or_less(long bytes)
    {
        FormulaCosts costs = new();
        TuneTarget target = TuneTarget.KeyBytes(bytes);
        new MostAccurateSearch(costs, Space, target).Run();
        TunedSetting found = costs.Done.Where(one => one.Meets(target)).MinBy(one => one.ErrorOverStd)!;
        FormulaCosts every = new();
        IEnumerable<TunedSetting> fitting = Uniform()
            .Where(one => every.Price(one)?.KeyBytes <= bytes)
            .Select(one => every.Simulate(one, target));
        Assert.That(found.ErrorOverStd, Is.LessThanOrEqualTo(fitting.Min(one => one.ErrorOverStd)));
        Assert.That(costs.Done, Is.All.Matches<TunedSetting>(one => one.EvaluationKeyBytes <= bytes));
    }

    [TestCase("key=12MB", 12e6)]
    [TestCase("key=12MiB", 12.0 * (1 << 20))]
    [TestCase("key=500kB", 500e3)]
    [TestCase("key=1024", 1024.0)]
    public void A_size_of_keys_is_read_with_its_unit(string text, double bytes)
    {
        TuneTarget target = TuneTarget.Parse(text);
        Assert.That(target, Is.EqualTo(new TuneTarget(TuneMeasure.KeyBytes, bytes)));
        Assert.That(TuneTarget.Parse(target.ToString()), Is.EqualTo(target));
    }

    [TestCase("key=MB")]
    [TestCase("key=-1MB")]
    [TestCase("key=1TB")]
    [TestCase("seconds=1MB")]
    [TestCase("key=1MB=2")]
    [TestCase("=3")]
    public void What_names_no_size_is_refused(string text) =>
        Assert.That(Assert.Throws<CompilationException>(() => TuneTarget.Parse(text))!.Diagnostics[0].Code, Is.EqualTo("CML6029"));

    [Test]
    public void A_measure_that_is_none_is_refused_with_its_code()
    {
        CompileOptions options = new() { Target = new TuneTarget((TuneMeasure)9, 1.0) };
        CompilationException refused = Assert.Throws<CompilationException>(() =>
            ModelCompiler.Tune(TinyModel.Model(), [TinyModel.Calibration()], null, options, new TuneOptions())
        )!;
        Assert.That(refused.Message, Does.Contain("the target is 9=1"));
    }

    [Test]
    public void Bounds_that_are_given_and_bits_of_a_file_stay()
    {
        SearchSpace kept = SearchSpace.Of(
            new CompileOptions { ImportQat = true, GlobalPError = 0.01 },
            new TuneOptions { Approximate = false }
        );
        Assert.That(kept.Tolerances, Is.EqualTo(new double?[] { null }));
        Assert.That(kept.Bits, Has.Count.EqualTo(1));
        Quantization from = new(kept.Bits[0], new Rounding(5));
        Assert.That(kept.Neighbours(from).Select(one => one.Bits), Is.All.EqualTo(kept.Bits[0]));
        Assert.That(kept.Roundings(), Is.All.Matches<Rounding?>(one => one is null or { Method: RoundingMethod.Exact }));
        Assert.That(SearchSpace.Of(new CompileOptions { Strict = true }, new TuneOptions()).Approximate, Is.False);
    }

    [Test]
    public void One_setting_beats_another_when_it_is_nowhere_worse()
    {
        TunedSetting one = new(QuantizationBits.Uniform(4), null, 0.1, 1.0, 1, 0.1, 0.9);
        Assert.That(one.Dominates(one, Time), Is.False);
        Assert.That(one.Dominates(one with { PredictedSeconds = 1.1 }, Time));
        Assert.That(one.Dominates(one with { Accuracy = 0.8 }, Time));
        Assert.That(one.Dominates(one with { PredictedSeconds = 1.1, Accuracy = 0.95 }, Time), Is.False);
        Assert.That(one.Dominates(one with { EvaluationKeyBytes = 2 }, Time), Is.False);
        Assert.That(one.Dominates(one with { EvaluationKeyBytes = 2, PredictedSeconds = 0.5 }, TuneTarget.KeyBytes(1)));
        Assert.That((one with { Accuracy = null }).Dominates(one with { Accuracy = null, ErrorOverStd = 0.2 }, Time));
    }

    private static IEnumerable<Setting> Uniform() =>
        from bits in Space.Bits
        from rounding in Space.Roundings()
        from tolerance in Space.Coarse
        select new Setting(new Quantization(bits, rounding), tolerance);

    /// <summary>Errors fall with bits and grow with tolerated noise; times grow with the width that lookups read, and with precision.</summary>
    private sealed class FormulaCosts : ISettingCosts
    {
        private readonly Dictionary<Setting, TunedSetting> done = [];
        private readonly HashSet<Setting> priced = [];

        internal IReadOnlyCollection<TunedSetting> Done => done.Values;

        internal IReadOnlyCollection<Setting> PricedOnes => priced;

        public SettingScore? Clear(Quantization one) => new(Error(one), null);

        public SettingPrice? Price(Setting setting)
        {
            priced.Add(setting);
            QuantizationBits bits = setting.Quantization.Bits;
            int width = setting.Quantization.Rounding?.Bits ?? bits.OpInputs + bits.OpWeights + 3;
            double precision = -Math.Log2(setting.PError ?? Math.Pow(2.0, -40.0));
            double seconds = 1e-3 * Math.Pow(2.0, width) * (1.0 + (precision / 10.0)) * (1.0 + (0.05 * bits.OpWeights));
            // odd precisions have the larger keys
            return width > 10 ? null : new SettingPrice(seconds, (long)(1e6 * width * (1 + ((long)precision & 1))));
        }

        public TunedSetting Simulate(Setting setting, TuneTarget target)
        {
            SettingPrice price = Price(setting)!;
            double error = Error(setting.Quantization) * (1.0 + (setting.PError ?? 0.0));
            TunedSetting met = new(
                setting.Quantization.Bits,
                setting.Quantization.Rounding,
                setting.PError,
                price.Seconds,
                price.KeyBytes,
                error,
                null
            );
            done[setting] = met;
            return met;
        }

        private static double Error(Quantization one)
        {
            QuantizationBits bits = one.Bits;
            double width = one.Rounding?.Bits ?? 20.0;
            return Math.Pow(2.0, -bits.ModelInputs)
                + Math.Pow(2.0, -bits.OpInputs)
                + Math.Pow(2.0, -bits.OpWeights)
                + Math.Pow(2.0, -width);
        }
    }
}
