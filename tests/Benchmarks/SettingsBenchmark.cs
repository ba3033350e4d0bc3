using System.Globalization;
using ConcreteMl;
using ConcreteMl.Data;

namespace Benchmarks;

/// <summary>
/// The tables of docs/choosing.md: what bits, roundings and tolerated failures cost and lose, predicted and simulated, and what a tuning
/// finds. Every figure follows from the files and a seed, so that a run on another machine prints the same.
/// </summary>
internal static class SettingsBenchmark
{
    // what the page says its times are for
    private const int Cores = 2;
    private const ulong Seed = 1;

    private static readonly Rounding?[] Roundings =
    [
        null,
        Rounding.Auto,
        new Rounding(6),
        new Rounding(6, RoundingMethod.Approximate),
        new Rounding(4, RoundingMethod.Approximate),
    ];

    private static readonly (int Bits, Rounding? Rounding)[] Tolerant =
    [
        (6, new Rounding(6, RoundingMethod.Approximate)),
        (4, new Rounding(4, RoundingMethod.Approximate)),
        (3, null),
    ];

    private static readonly double?[] Tolerances = [null, 1e-4, 1e-2, 0.1, 0.3];

    /// <summary>
    /// Runs with folders of model.onnx, calib.npz and test.npz, each as FOLDER=TARGET; the first has all tables. --page replaces the
    /// tables of a page, between the lines "begin of settings" and "end of settings".
    /// </summary>
    internal static int Run(BenchOptions options)
    {
        if (options.Plain.Count == 0)
            throw new ArgumentException("settings takes folders of models, each with its target: FOLDER=accuracy=0.96");
        (Subject Subject, TuneTarget Target)[] models = [.. options.Plain.Select(Read)];
        List<string> lines = [.. BitsTable(models[0].Subject), "", .. ToleranceTable(models[0].Subject), "", .. TuneTable(models)];
        if (options.Text("--page") is { } page)
            Replace(page, lines);
        else
            lines.ForEach(Console.WriteLine);
        return 0;
    }

    private static (Subject, TuneTarget) Read(string word)
    {
        int split = word.IndexOf('=', StringComparison.Ordinal);
        if (split < 0)
            throw new ArgumentException($"'{word}' has no target: FOLDER=accuracy=0.96");
        return (new Subject(word[..split]), TuneTarget.Parse(word[(split + 1)..]));
    }

    private static IEnumerable<string> BitsTable(Subject subject)
    {
        yield return $"{subject.Name}, bits by rounding: seconds, error over deviation, accuracy.";
        yield return "";
        yield return $"| bits | {string.Join(" | ", Roundings.Select(Word))} |";
        yield return $"| --- |{string.Concat(Roundings.Select(_ => " --- |"))}";
        for (int bits = 2; bits <= 8; bits++)
        {
            QuantizationBits uniform = QuantizationBits.Uniform(bits);
            string[] cells = [.. Roundings.Select(rounding => subject.Cell(new CompileOptions { Bits = uniform, Rounding = rounding }))];
            yield return $"| {bits} | {string.Join(" | ", cells)} |";
        }
    }

    private static IEnumerable<string> ToleranceTable(Subject subject)
    {
        yield return $"{subject.Name}, tolerated failures of a lookup (`--p-error`): seconds, error over deviation, accuracy.";
        yield return "";
        yield return $"| bits, rounding | {string.Join(" | ", Tolerances.Select(one => one is double p ? Figure(p) : "2^-40 (default)"))} |";
        yield return $"| --- |{string.Concat(Tolerances.Select(_ => " --- |"))}";
        foreach ((int bits, Rounding? rounding) in Tolerant)
        {
            CompileOptions options = new() { Bits = QuantizationBits.Uniform(bits), Rounding = rounding };
            string[] cells = [.. Tolerances.Select(one => subject.Cell(options with { PError = one }))];
            yield return $"| {bits}, {Word(rounding)} | {string.Join(" | ", cells)} |";
        }
    }

    private static IEnumerable<string> TuneTable(IEnumerable<(Subject Subject, TuneTarget Target)> models)
    {
        yield return "What `tune` chooses, beside 6 bits rounded exactly to 6.";
        yield return "";
        yield return "| model, target | 6 bits, rounding 6 | chosen | seconds, error, accuracy | ratio of seconds |";
        yield return "| --- | --- | --- | --- | --- |";
        foreach ((Subject subject, TuneTarget target) in models)
        {
            CompileOptions usual = new() { Rounding = new Rounding(6) };
            Measured before = subject.Measure(usual);
            using TuneResult result = subject.Tune(target);
            TunedSetting one = result.Chosen;
            Measured after = new(one.PredictedSeconds, one.ErrorOverStd, one.Accuracy);
            string chosen = $"bits {one.Bits}, rounding {Word(one.Rounding)}, p-error {Figure(one.PError!.Value)}";
            yield return $"| {subject.Name}, {target} | {before} | {chosen} | {after} | {Figure(after.Seconds!.Value / before.Seconds!.Value)} |";
        }
    }

    private static void Replace(string page, List<string> tables)
    {
        List<string> lines = [.. File.ReadLines(page)];
        int begin = lines.FindIndex(line => line.Contains("begin of settings", StringComparison.Ordinal));
        int end = lines.FindIndex(line => line.Contains("end of settings", StringComparison.Ordinal));
        if (begin < 0 || end < begin)
            throw new ArgumentException($"'{page}' has no lines 'begin of settings' and 'end of settings'");
        File.WriteAllText(page, string.Join('\n', lines[..(begin + 1)].Concat(["", .. tables, ""]).Concat(lines[end..])) + "\n");
    }

    private static string Word(Rounding? rounding) => rounding?.ToString() ?? "none";

    private static string Figure(double value) => value.ToString("G3", CultureInfo.InvariantCulture);

    /// <summary>A price with what it buys; null seconds: it does not run encrypted, and the rest is in clear.</summary>
    private sealed record Measured(double? Seconds, double Error, double? Accuracy)
    {
        public override string ToString() =>
            $"{(Seconds is double seconds ? Figure(seconds) : "no parameters")}, {Figure(Error)}"
            + (Accuracy is double accuracy ? $", {Figure(accuracy)}" : "");
    }

    /// <summary>A model with its data.</summary>
    private sealed class Subject
    {
        private readonly OnnxModel model;
        private readonly IReadOnlyList<Tensor> calibration;
        private readonly IReadOnlyDictionary<string, Tensor> test;

        internal Subject(string folder)
        {
            Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));
            model = OnnxModel.Load(Path.Combine(folder, "model.onnx"));
            calibration = Inputs(NpzFile.Load(Path.Combine(folder, "calib.npz")));
            test = NpzFile.Load(Path.Combine(folder, "test.npz"));
        }

        internal string Name { get; }

        internal string Cell(CompileOptions options)
        {
            Measured measured = Measure(options);
            Console.Error.WriteLine($"{Name} {options.Bits} {Word(options.Rounding)} {options.PError}: {measured}");
            return measured.ToString();
        }

        internal Measured Measure(CompileOptions options)
        {
            using QuantizedModule module = ModelCompiler.Compile(model, calibration, options);
            FheMode mode = module.IsExecutable ? FheMode.Simulate : FheMode.Disable;
            IReadOnlyList<Tensor> inputs = Inputs(test);
            IReadOnlyList<Tensor> outputs = module.Forward(inputs, mode, new RunOptions { Seed = Seed });
            ModelScore score = ModelScore.Of(outputs, module.OutputLabels, test, inputs[0].Shape[0], Name);
            return new Measured(module.Report.OnCores(Cores).PredictedSeconds, score.ErrorOverStd!.Value, score.Accuracy);
        }

        internal TuneResult Tune(TuneTarget target)
        {
            TuneData data = new(Inputs(test), test.GetValueOrDefault("label"), [.. Numbered(test, "y")]);
            // no budget: what is found has to be the same on every machine
            TuneOptions tuning = new() { Cores = Cores, Budget = TimeSpan.FromHours(1) };
            return ModelCompiler.Tune(model, calibration, data, new CompileOptions { Target = target }, tuning);
        }

        private static IReadOnlyList<Tensor> Inputs(IReadOnlyDictionary<string, Tensor> arrays) => [.. Numbered(arrays, "x")];

        private static IEnumerable<Tensor> Numbered(IReadOnlyDictionary<string, Tensor> arrays, string letter)
        {
            for (int index = 0; arrays.TryGetValue($"{letter}{index}", out Tensor? array); index++)
                yield return array;
        }
    }
}
