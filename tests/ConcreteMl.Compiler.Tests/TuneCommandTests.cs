using System.Globalization;
using System.Text.Json;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>tune, and the calls behind it, on a layer of four units whose lookups stay in the circuit.</summary>
public sealed class TuneCommandTests
{
    private readonly Scratch scratch = new();

    /// <summary>A search that two tests look at.</summary>
    private readonly Lazy<JsonElement> coarse;

    public TuneCommandTests() => coarse = new(() => Tune("--target", "error=0.2").Json());

    [OneTimeTearDown]
    public void RemoveScratch() => scratch.Dispose();

    [Test]
    public void The_choice_meets_the_target_is_on_the_front_and_is_what_its_options_compile()
    {
        string file = scratch.At("tuned.cml");
        JsonElement found = Tune("--target", "error=0.1", "-o", file).Json();
        JsonElement chosen = found.GetProperty("chosen");
        Assert.That(chosen.GetProperty("error_over_std").GetDouble(), Is.LessThanOrEqualTo(0.1));
        JsonElement[] front = [.. found.GetProperty("front").EnumerateArray()];
        JsonElement same = front.Single(one => one.GetProperty("output").GetString() == file);
        Assert.That(same.GetRawText(), Is.EqualTo(chosen.GetRawText()));
        double[] times = [.. front.Select(one => one.GetProperty("predicted_seconds").GetDouble())];
        Assert.That(times, Is.Ordered);
        double[] errors = [.. front.Select(one => one.GetProperty("error_over_std").GetDouble())];
        Assert.That(errors, Is.Ordered.Descending);
        Assert.That(found.GetProperty("complete").GetBoolean());

        using QuantizedModule written = QuantizedModule.Load(file);
        Assert.That(written.IsExecutable);
        using QuantizedModule named = ModelCompiler.Compile(
            TinyModel.Model(),
            [TinyModel.Calibration()],
            new CompileOptions
            {
                Bits = QuantizationBits.Parse(chosen.GetProperty("bits").GetString()!),
                Rounding = Parsed(chosen.GetProperty("rounding").GetString()!),
                PError = chosen.GetProperty("p_error").GetDouble(),
                ClientParts = ClientParts.None,
            }
        );
        Assert.That(written.Dump(Stage.Program), Is.EqualTo(named.Dump(Stage.Program)));
        double predicted = written.Report.OnCores(1).PredictedSeconds!.Value;
        Assert.That(chosen.GetProperty("predicted_seconds").GetDouble(), Is.EqualTo(predicted).Within(1e-9));
    }

    [Test]
    public void The_same_seed_finds_the_same_front()
    {
        string again = Tune("--target", "error=0.2").Json().GetProperty("front").GetRawText();
        Assert.That(again, Is.EqualTo(coarse.Value.GetProperty("front").GetRawText()));
    }

    [Test]
    public void A_tighter_target_takes_longer_and_a_time_gives_the_least_error_within_it()
    {
        double least = coarse.Value.GetProperty("chosen").GetProperty("predicted_seconds").GetDouble();
        JsonElement fine = Tune("--target", "error=0.05").Json().GetProperty("chosen");
        double seconds = fine.GetProperty("predicted_seconds").GetDouble();
        Assert.That(seconds, Is.GreaterThan(least));
        FormattableString target = $"seconds={seconds}";
        JsonElement within = Tune("--target", FormattableString.Invariant(target)).Json().GetProperty("chosen");
        Assert.That(within.GetProperty("predicted_seconds").GetDouble(), Is.LessThanOrEqualTo(seconds));
        Assert.That(within.GetProperty("error_over_std").GetDouble(), Is.LessThanOrEqualTo(fine.GetProperty("error_over_std").GetDouble()));
    }

    [Test]
    public void A_target_that_nothing_meets_is_refused_with_the_best_that_is_reached()
    {
        Cli run = Tune("--target", "error=1e-9");
        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Codes(), Is.EqualTo(new[] { "CML5006" }));
        Assert.That(run.Error, Does.Contain("the best is bits "));
    }

    [Test]
    public void A_budget_without_time_for_one_setting_is_refused()
    {
        Cli run = Tune("--target", "error=0.1", "--budget", "0.001s");
        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Codes(), Is.EqualTo(new[] { "CML5007" }));
    }

    [Test]
    public void An_accuracy_needs_labels()
    {
        Cli run = Tune("--target", "accuracy=0.9");
        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Codes(), Is.EqualTo(new[] { "CML6031" }));
    }

    [Test]
    public void Labels_of_the_validation_data_are_what_an_accuracy_counts()
    {
        // the arg-max of the float model is the label: a setting of little error meets nearly all
        Tensor inputs = TinyModel.Calibration();
        double[] outputs = ModelCompiler.ToFloat(TinyModel.Model()).Forward([inputs])[0].ToDoubles();
        long[] labels = [.. outputs.Chunk(4).Select(row => (long)Array.IndexOf(row, row.Max()))];
        using TuneResult result = ModelCompiler.Tune(
            TinyModel.Model(),
            [inputs],
            new TuneData([inputs], Tensor.Create<long>(labels, labels.Length)),
            new CompileOptions { Target = TuneTarget.Accuracy(0.9), ClientParts = ClientParts.None },
            new TuneOptions { Cores = 1 }
        );
        Assert.That(result.Chosen.Accuracy, Is.GreaterThanOrEqualTo(0.9));
        Assert.That(result.Front, Has.Member(result.Chosen));
        Assert.That(result.Module.Report.PError!.Value, Is.LessThanOrEqualTo(result.Chosen.PError!.Value));
    }

    [Test]
    public void The_choice_meets_the_target_in_sixteen_runs()
    {
        Tensor inputs = TinyModel.Calibration();
        double[] expected = ModelCompiler.ToFloat(TinyModel.Model()).Forward([inputs])[0].ToDoubles();
        CompileOptions options = new() { Target = TuneTarget.Error(0.1), ClientParts = ClientParts.None };
        TuneOptions tune = new() { Cores = 1, Seed = 7 };
        using TuneResult result = ModelCompiler.Tune(TinyModel.Model(), [inputs], new TuneData([inputs]), options, tune);
        double mean = expected.Average();
        double deviation = Math.Sqrt(expected.Average(value => (value - mean) * (value - mean)));
        double Error(int run)
        {
            RunOptions seeded = new() { Seed = tune.Seed + (ulong)run };
            double[] met = result.Module.Forward([inputs], FheMode.Simulate, seeded)[0].ToDoubles();
            return expected.Zip(met, (one, other) => Math.Abs(one - other)).Average() / deviation;
        }
        double worst = Enumerable.Range(0, 16).Max(Error);
        Assert.That(worst, Is.EqualTo(result.Chosen.ErrorOverStd).Within(1e-6));
        Assert.That(worst, Is.LessThanOrEqualTo(0.1).And.GreaterThan(Error(0)));
    }

    [Test]
    public void A_compilation_with_a_target_is_tuned()
    {
        CompileOptions options = new() { Target = TuneTarget.Error(0.2) };
        using QuantizedModule module = TinyModel.Compile(options);
        Assert.That(module.IsExecutable);
        Assert.That(module.Report.PError, Is.GreaterThan(Math.Pow(2.0, -40.0)));
    }

    [Test]
    public void A_cancelled_search_ends_at_once()
    {
        using CancellationTokenSource source = new();
        CompileOptions options = new() { Target = TuneTarget.Error(0.2), ClientParts = ClientParts.None };
        Stopped stopped = new(source);
        Assert.That(
            () => ModelCompiler.Tune(TinyModel.Model(), [TinyModel.Calibration()], null, options, null, stopped, source.Token),
            Throws.InstanceOf<OperationCanceledException>()
        );
        Assert.That(stopped.Steps, Is.LessThanOrEqualTo(2));
    }

    [TestCase("accuracy=96")]
    [TestCase("error=0")]
    [TestCase("error=NaN")]
    [TestCase("0.5")]
    [TestCase("speed=1")]
    public void What_is_no_target_is_wrong_usage(string target)
    {
        Cli run = Tune("--target", target);
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("accuracy=A"));
    }

    private Cli Tune(params string[] options)
    {
        string model = TinyModel.Write(scratch);
        string data = scratch.At("tiny.npz");
        NpzFile.Save(data, new Dictionary<string, Tensor> { ["x0"] = TinyModel.Calibration() });
        // the artefact is to be the one of the whole calibration
        return Cli.Run(["tune", model, "-c", data, "--validation", data, "--client-parts", "none", "--threads", "1", "--json", .. options]);
    }

    private static Rounding? Parsed(string text)
    {
        if (text == "none")
        {
            return null;
        }

        string[] parts = text.Split(':');
        Rounding rounding = new(
            int.Parse(parts[0], CultureInfo.InvariantCulture),
            parts[1] == "exact" ? RoundingMethod.Exact : RoundingMethod.Approximate
        );
        return parts.Length == 2 ? rounding : rounding with { BinLoss = double.Parse(parts[2], CultureInfo.InvariantCulture) };
    }

    /// <summary>Cancels at the first report.</summary>
    private sealed class Stopped(CancellationTokenSource source) : IProgress<CompileProgress>
    {
        internal int Steps { get; private set; }

        public void Report(CompileProgress value)
        {
            Steps++;
            source.Cancel();
        }
    }
}
