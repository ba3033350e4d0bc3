using System.Globalization;
using ConcreteMl.Data;

namespace ConcreteMl.Tuning;

/// <summary>Samples with what is expected of them.</summary>
/// <param name="Samples">The inputs.</param>
/// <param name="Expected">"y0", "y1", … and "label", as test files have them.</param>
/// <param name="Place">Where they come from, for messages.</param>
internal sealed record Validation(Samples Samples, IReadOnlyDictionary<string, Tensor> Expected, string Place)
{
    // A quarter tells settings apart and leaves ranges their samples; means over 200 samples differ by a few per cent from longer ones.
    private const int Every = 4;
    private const int MostHeldOut = 200;

    internal bool HasLabels => Expected.ContainsKey("label");

    /// <summary>Every fourth sample of the calibration, which goes on with the others; both are all of them where there are less than eight.</summary>
    internal static (Samples Calibration, Validation Held) HoldOut(
        Samples calibration,
        IReadOnlyDictionary<string, Tensor> arrays,
        string place
    )
    {
        int count = calibration.Items.Count;
        bool few = count < 2 * Every;
        int[] held = few ? [.. Enumerable.Range(0, count)] : [.. Enumerable.Range(0, count).Where(IsHeld).Take(MostHeldOut)];
        HashSet<int> apart = few ? [] : [.. held];
        Samples rest = calibration with { Items = [.. calibration.Items.Where((_, index) => !apart.Contains(index))] };
        Samples taken = calibration with { Items = [.. held.Select(index => calibration.Items[index])] };
        Dictionary<string, Tensor> expected = arrays
            .Where(pair => IsExpected(pair.Key) && pair.Value.Shape.Count > 0 && pair.Value.Shape[0] == count)
            .ToDictionary(pair => pair.Key, pair => Tensor.Stack([.. held.Select(pair.Value.Sample)]));
        return (rest, new Validation(taken, expected, place));
    }

    /// <summary>With the outputs of the unquantized model where none are expected.</summary>
    internal Validation Completed(FloatModule model, int threads, CancellationToken cancellation)
    {
        Dictionary<string, Tensor> expected = Expected.ToDictionary(
            pair => pair.Key,
            pair => ModelScore.Numbers(pair.Key, pair.Value, model.OutputLabels, Output(pair.Key), Place)
        );
        if (Expected.Keys.Any(name => name.StartsWith('y')))
        {
            return this with { Expected = expected };
        }

        IReadOnlyList<Tensor> outputs = model.Forward(Samples, threads, null, cancellation);
        for (int index = 0; index < outputs.Count; index++)
        {
            expected[$"y{index}"] = outputs[index];
        }

        return this with
        {
            Expected = expected,
        };
    }

    internal SettingScore Score(IReadOnlyList<Tensor> outputs)
    {
        ModelScore score = ModelScore.Of(outputs, [], Expected, Samples.Items.Count, Place);
        return new SettingScore(score.ErrorOverStd ?? 0.0, score.Accuracy);
    }

    // Labels are those of the first output.
    private static int Output(string name) =>
        int.TryParse(name.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? index : 0;

    private static bool IsHeld(int index) => index % Every == Every - 1;

    private static bool IsExpected(string name) =>
        name == "label" || (name.Length > 1 && name[0] == 'y' && name.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0);
}
