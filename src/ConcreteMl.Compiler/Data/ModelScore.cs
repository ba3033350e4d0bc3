namespace ConcreteMl.Data;

/// <summary>How well outputs match labels and expected outputs.</summary>
/// <param name="Samples">Number of samples compared.</param>
/// <param name="Accuracy">The part of samples whose label is met; null without labels.</param>
/// <param name="MeanAbsError">Of the worst output; null without expected outputs.</param>
/// <param name="ErrorOverStd">The same divided by the expected output's standard deviation, of the worst output.</param>
/// <param name="Outputs">Both errors for each output that the file has.</param>
internal sealed record ModelScore(
    int Samples,
    double? Accuracy,
    double? MeanAbsError,
    double? ErrorOverStd,
    IReadOnlyList<(int Output, double MeanAbsError, double ErrorOverStd)> Outputs
)
{
    /// <summary>
    /// Compares the joined outputs of the first <paramref name="samples"/> samples with the arrays of a test file; texts count as their
    /// numbers among those of the output.
    /// </summary>
    internal static ModelScore Of(
        IReadOnlyList<Tensor> outputs,
        IReadOnlyList<IReadOnlyList<string>> texts,
        IReadOnlyDictionary<string, Tensor> arrays,
        int samples,
        string place
    )
    {
        List<(int Output, double MeanAbsError, double ErrorOverStd)> errors = [];
        for (int output = 0; output < outputs.Count; output++)
        {
            if (arrays.TryGetValue($"y{output}", out Tensor? expected))
            {
                errors.Add(Error(output, outputs[output], Numbers($"y{output}", expected, texts, output, place), place));
            }
        }

        bool labelled = arrays.TryGetValue("label", out Tensor? label);
        if (errors.Count == 0 && !labelled)
        {
            throw new CompilationException(
                Diagnostic.Error(
                    "CML6019",
                    place,
                    "there is nothing to compare with",
                    "an array label, or y0, y1, … for the outputs",
                    "Add one, or use run"
                )
            );
        }

        double? accuracy = labelled ? AccuracyOf(outputs[0], Numbers("label", label!, texts, 0, place), samples, place) : null;
        if (errors.Count == 0)
        {
            return new ModelScore(samples, accuracy, null, null, errors);
        }

        (int _, double meanAbsError, double errorOverStd) = errors.MaxBy(error => error.ErrorOverStd);
        return new ModelScore(samples, accuracy, meanAbsError, errorOverStd, errors);
    }

    /// <summary>An array of a test file as numbers.</summary>
    /// <exception cref="CompilationException">It holds texts, and the output that it belongs to has none (CML6014).</exception>
    internal static Tensor Numbers(string array, Tensor met, IReadOnlyList<IReadOnlyList<string>> texts, int output, string place) =>
        met.Element != ElementType.String ? met
        : output < texts.Count && texts[output].Count > 0 ? TextNumbers.Of(met, texts[output])
        : throw new CompilationException(
            Diagnostic.Error(
                "CML6014",
                place,
                $"array {array} holds texts, and output {output} is numbers",
                "numbers",
                "Give the numbers that the model gives"
            )
        );

    private static (int, double, double) Error(int output, Tensor actual, Tensor expected, string place)
    {
        double[] wanted = expected.ToDoubles();
        double[] met = actual.ToDoubles();
        if (wanted.Length < met.Length)
        {
            throw Misfit(
                $"y{output}",
                expected,
                $"at least {met.Length} values, as output {output} of shape {ShapeText.Print(actual.Dimensions)}",
                place
            );
        }

        double sum = 0;
        for (int index = 0; index < met.Length; index++)
        {
            // Equal infinities agree; NaN agrees with NaN alone.
            bool same = met[index].Equals(wanted[index]);
            sum += same ? 0 : Math.Abs(met[index] - wanted[index]);
        }

        double mean = sum / met.Length;
        double deviation = StandardDeviation(wanted);
        return (output, mean, mean == 0 ? 0 : mean / deviation);
    }

    private static double StandardDeviation(double[] values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
    }

    // An integer output is the label itself, otherwise the label is the arg-max of the last axis.
    private static double AccuracyOf(Tensor output, Tensor label, int samples, string place)
    {
        double[] values = output.ToDoubles();
        double[] labels = label.ToDoubles();
        bool direct = !Elements.IsFloat(output.Element);
        int width = direct || output.Shape.Count == 0 ? 1 : output.Shape[^1];
        int decisions = values.Length / Math.Max(width, 1);
        if (labels.Length < decisions || decisions == 0)
        {
            throw Misfit("label", label, $"{decisions} labels for {samples} samples", place);
        }

        int right = 0;
        for (int decision = 0; decision < decisions; decision++)
        {
            double met = direct ? values[decision] : ArgMax(values.AsSpan(decision * width, width));
            right += met == labels[decision] ? 1 : 0;
        }

        return (double)right / decisions;
    }

    private static int ArgMax(ReadOnlySpan<double> values)
    {
        int best = 0;
        for (int index = 1; index < values.Length; index++)
        {
            best = values[index] > values[best] ? index : best;
        }

        return best;
    }

    private static CompilationException Misfit(string array, Tensor met, string expected, string place) =>
        new(
            Diagnostic.Error(
                "CML6013",
                place,
                $"array {array} has shape {ShapeText.Print(met.Dimensions)}",
                expected,
                "Check that the file belongs to this model"
            )
        );
}
