namespace ConcreteMl.Data;

/// <summary>Fits users' arrays to a model's inputs, collecting every misfit before it refuses.</summary>
internal sealed class SampleBinder(IReadOnlyList<ModelPort> inputs, string place)
{
    private readonly List<Diagnostic> findings = [];

    /// <summary>Warnings and notes of the arrays that were accepted.</summary>
    internal IEnumerable<Diagnostic> Notes => findings;

    /// <summary>Binds x0, x1, … of a file.</summary>
    internal Samples Bind(IReadOnlyDictionary<string, Tensor> arrays, int? limit)
    {
        Tensor?[] ordered = new Tensor?[inputs.Count];
        for (int index = 0; index < inputs.Count; index++)
        {
            ordered[index] = arrays.GetValueOrDefault($"x{index}");
            if (ordered[index] is null)
            {
                Missing(index, $"the file holds {(arrays.Count == 0 ? "no array" : string.Join(", ", arrays.Keys))}");
            }
        }

        for (int extra = inputs.Count; arrays.ContainsKey($"x{extra}"); extra++)
        {
            findings.Add(
                Diagnostic.Warning(
                    "CML6020",
                    place,
                    $"array x{extra} belongs to no input and is not used",
                    Plural(inputs.Count, "input"),
                    "Check that the file belongs to this model"
                )
            );
        }

        return Bind(ordered, limit);
    }

    /// <summary>Binds the inputs of a call.</summary>
    internal Samples Bind(IReadOnlyList<Tensor> arrays)
    {
        ArgumentNullException.ThrowIfNull(arrays);
        for (int index = 0; index < arrays.Count; index++)
        {
            if (arrays[index] is null)
            {
                throw new ArgumentNullException(nameof(arrays), $"array {index} is null");
            }
        }

        if (arrays.Count != inputs.Count)
        {
            Missing(Math.Min(arrays.Count, inputs.Count - 1), $"{Plural(arrays.Count, "array")} given");
        }

        return Bind(arrays, null);
    }

    private Samples Bind(IReadOnlyList<Tensor?> arrays, int? limit)
    {
        Refuse();
        List<(Tensor Array, SampleLayout Layout)> fitted = [];
        for (int index = 0; index < inputs.Count; index++)
        {
            if (Fit(index, arrays[index]!) is (Tensor, SampleLayout) fit)
            {
                fitted.Add(fit);
            }
        }

        Refuse();
        int count = Count(fitted);
        Refuse();
        int taken = Math.Min(count, limit ?? count);
        List<IReadOnlyList<Tensor>> items = [];
        for (int sample = 0; sample < taken; sample++)
        {
            items.Add([.. fitted.Select(input => Samples.Take(input.Array, input.Layout, sample))]);
        }

        SampleLayout layout = fitted.Select(input => input.Layout).DefaultIfEmpty(SampleLayout.Whole).Min();
        return new Samples(items, layout);
    }

    private (Tensor, SampleLayout)? Fit(int index, Tensor array)
    {
        ModelPort port = inputs[index];
        Tensor? converted =
            array.Element == ElementType.String && port.Texts.Count > 0
                ? TextNumbers.Of(array, port.Texts)
                : Conversion.TryConvert(array, port.Element);
        if (converted is null)
        {
            Finding(
                "CML6014",
                index,
                $"the elements are {array.Element}",
                port.Texts.Count > 0 ? "texts" : $"{port.Element}",
                "Convert the array yourself: the conversion would lose information"
            );
        }
        else if (array.Element == ElementType.Float64 && port.Element == ElementType.Float32)
        {
            findings.Add(Diagnostic.Note("CML6015", Name(index), "float64 values are rounded to float32"));
        }

        SampleLayout? layout = Samples.LayoutOf(port.Shape, array.Dimensions);
        if (layout is null)
        {
            Finding(
                "CML6013",
                index,
                $"the array has shape {ShapeText.Print(array.Dimensions)}",
                port.Shape is null ? "any shape" : ShapeText.Print(port.Shape),
                "Reshape the array: its first axis counts samples, the others are the model's"
            );
        }
        else if (array.Count == 0)
        {
            Finding("CML6017", index, $"the array of shape {ShapeText.Print(array.Dimensions)} is empty", "at least one sample", "");
        }

        return converted is not null && layout is SampleLayout place ? (converted, place) : null;
    }

    private int Count(List<(Tensor Array, SampleLayout Layout)> fitted)
    {
        int[] counts = [.. fitted.Where(input => input.Layout != SampleLayout.Whole).Select(input => input.Array.Dimensions[0]).Distinct()];
        if (counts.Length > 1)
        {
            findings.Add(
                Diagnostic.Error(
                    "CML6016",
                    place,
                    $"the inputs hold {string.Join(" and ", counts)} samples",
                    "the same number in every array",
                    ""
                )
            );
        }

        return counts.Length == 0 ? 1 : counts[0];
    }

    private void Missing(int index, string met) =>
        Finding(
            "CML6012",
            index,
            $"there is no array for this input; {met}",
            $"{Plural(inputs.Count, "array")}, x0 first, in the order of the model's inputs",
            $"Add x{index} ({inputs[index].Describe()})"
        );

    private void Finding(string code, int index, string message, string expected, string cure) =>
        findings.Add(Diagnostic.Error(code, Name(index), message, expected, cure));

    private string Name(int index) => $"{place}, x{index} (input '{inputs[index].Name}')";

    private static string Plural(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";

    private void Refuse()
    {
        if (findings.Any(finding => finding.Severity == DiagnosticSeverity.Error))
        {
            throw new CompilationException([.. findings]);
        }
    }
}
