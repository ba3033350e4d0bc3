using System.Globalization;
using System.Text.RegularExpressions;
using ConcreteMl;
using ConcreteMl.Data;

namespace Benchmarks;

/// <summary>
/// What `--rounding auto` chooses beside no rounding and every exact rounding: predicted seconds and errors in clear on calibration data.
/// A choice is as promised with at most 1.1 times the error of no rounding and at most 1.02 times the seconds of the fastest other that
/// keeps that bound.
/// </summary>
internal static class RoundingBenchmark
{
    private const double AcceptedError = 1.1;
    private const double AcceptedTime = 1.02;

    // one prediction for all machines
    private const int Cores = 2;

    private static readonly Rounding?[] Others = [null, .. Enumerable.Range(3, 8).Select(bits => new Rounding(bits))];

    /// <summary>Runs with a folder of models, each a folder with model.onnx and calib.npz, and the options --models and --bits.</summary>
    internal static int Run(BenchOptions options)
    {
        if (options.Plain.Count != 1)
            throw new ArgumentException("rounding takes a folder of models");
        Regex names = new(options.Text("--models") ?? "", RegexOptions.CultureInvariant);
        int[] widths = [.. (options.Text("--bits") ?? "4,6,8").Split(',').Select(word => int.Parse(word, CultureInfo.InvariantCulture))];
        int tried = 0;
        int missed = 0;
        foreach (string folder in Directory.EnumerateDirectories(options.Plain[0]).Order(StringComparer.Ordinal))
        {
            if (!File.Exists(Path.Combine(folder, "model.onnx")) || !names.IsMatch(Path.GetFileName(folder)))
                continue;
            Subject subject = new(folder);
            foreach (int bits in widths)
            {
                tried++;
                missed += subject.Compare(bits) ? 0 : 1;
            }
        }
        Console.WriteLine($"{missed} of {tried} choices are not as promised");
        return missed == 0 ? 0 : 1;
    }

    /// <summary>A setting with what it costs and loses; null seconds: it does not run encrypted.</summary>
    private sealed record Measured(string Word, double? Seconds, IReadOnlyList<double> Errors)
    {
        internal bool Keeps(Measured bound) => Errors.Zip(bound.Errors).All(pair => pair.First <= AcceptedError * pair.Second);

        /// <summary>The largest ratio of an output's error to that of <paramref name="other"/>; 1 where both are exact.</summary>
        internal double Over(Measured other) =>
            Errors.Zip(other.Errors).Max(pair => pair.First == pair.Second ? 1.0 : pair.First / pair.Second);
    }

    private sealed class Subject
    {
        private readonly string name;
        private readonly OnnxModel model;
        private readonly bool isTrained;
        private readonly IReadOnlyList<Tensor> calibration;
        private readonly Dictionary<string, Tensor> expected;

        internal Subject(string folder)
        {
            name = Path.GetFileName(folder);
            isTrained = ProgramGate.IsTrained(folder);
            model = OnnxModel.Load(Path.Combine(folder, "model.onnx"));
            IReadOnlyDictionary<string, Tensor> arrays = NpzFile.Load(Path.Combine(folder, "calib.npz"));
            calibration = [.. model.Inputs.Select((_, index) => arrays[$"x{index}"])];
            IReadOnlyList<Tensor> outputs = ModelCompiler.ToFloat(model).Forward(calibration);
            expected = outputs.Select((output, index) => (output, index)).ToDictionary(pair => $"y{pair.index}", pair => pair.output);
        }

        internal bool Compare(int bits)
        {
            Measured? chosen = Measure(bits, Rounding.Auto);
            if (chosen?.Seconds is not double seconds)
                return Tell(bits, "does not run encrypted", false);
            Measured[] others = [.. Others.Select(rounding => Measure(bits, rounding)).OfType<Measured>()];
            if (others.FirstOrDefault(one => one.Word == "none") is not { } unrounded)
                return Tell(bits, $"{Figure(seconds)} s; no tables without rounding", true);
            Measured? best = others.Where(one => one.Seconds is not null && one.Keeps(unrounded)).MinBy(one => one.Seconds);
            bool isFast = best is null || seconds <= AcceptedTime * best.Seconds;
            bool isAccurate = chosen.Keeps(unrounded);
            string choice = $"{chosen.Word}: {Figure(seconds)} s, error {Figure(chosen.Over(unrounded))}";
            string beside = best is null
                ? "no other keeps the bound"
                : $"{best.Word}: {Figure(best.Seconds!.Value)} s, error {Figure(best.Over(unrounded))}";
            return Tell(
                bits,
                $"{choice} | {beside}{(isFast ? "" : " | SLOWER")}{(isAccurate ? "" : " | LESS ACCURATE")}",
                isFast && isAccurate
            );
        }

        private bool Tell(int bits, string line, bool isPromised)
        {
            Console.WriteLine($"{name} {bits}: {line}");
            return isPromised;
        }

        private Measured? Measure(int bits, Rounding? rounding)
        {
            CompileOptions options = new()
            {
                Bits = QuantizationBits.Uniform(bits),
                Rounding = rounding,
                ImportQat = isTrained,
            };
            try
            {
                using QuantizedModule module = ModelCompiler.Compile(model, calibration, options);
                IReadOnlyList<Tensor> outputs = module.Forward(calibration, FheMode.Disable);
                ModelScore score = ModelScore.Of(outputs, module.OutputLabels, expected, calibration[0].Shape[0], name);
                string word = Word(module.Report.Rounding, rounding);
                return new Measured(
                    word,
                    module.Report.OnCores(Cores).PredictedSeconds,
                    [.. score.Outputs.Select(one => one.ErrorOverStd)]
                );
            }
            catch (CompilationException)
            {
                return null;
            }
        }

        private static string Word(RoundingChoice? choice, Rounding? given) =>
            choice is null
                ? given?.ToString() ?? "none"
                : (choice.Chosen.Rounding?.ToString() ?? "none")
                    + (choice.Exceptions.Count > 0 ? $" and {choice.Exceptions.Count} others" : "");

        private static string Figure(double value) => value.ToString("G3", CultureInfo.InvariantCulture);
    }
}
