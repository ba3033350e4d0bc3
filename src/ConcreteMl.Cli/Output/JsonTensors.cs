using System.Text.Json.Nodes;

namespace ConcreteMl.Cli.Output;

/// <summary>Tensors as nested lists; what JSON has no number for is a string: "NaN", "Infinity", "-Infinity".</summary>
internal static class JsonTensors
{
    internal static JsonArray Of(IReadOnlyList<Tensor> tensors) => [.. tensors.Select(Of)];

    internal static JsonArray Of(IReadOnlyList<IntegerTensor> tensors) =>
        [.. tensors.Select(tensor => Nest(tensor.Dimensions, [.. tensor.Data.Select(code => (JsonNode)code)]))];

    /// <summary>The texts that outputs stand for, as nested lists; null for outputs that are numbers.</summary>
    internal static JsonArray Texts(IReadOnlyList<Tensor> tensors, IReadOnlyList<IReadOnlyList<string>> labels) =>
        [
            .. tensors.Select(
                (tensor, output) =>
                    labels[output].Count == 0
                        ? null
                        : Nest(tensor.Dimensions, [.. tensor.ToDoubles().Select(value => (JsonNode)Text(labels[output], value))])
            ),
        ];

    private static string Text(IReadOnlyList<string> labels, double value) =>
        value >= 0 && value < labels.Count ? labels[(int)value] : value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    internal static JsonNode Of(Tensor tensor)
    {
        JsonNode[] elements = tensor.Element switch
        {
            ElementType.Float32 => [.. tensor.Values<float>().ToArray().Select(Number)],
            ElementType.Bool => [.. tensor.Values<bool>().ToArray().Select(value => (JsonNode)value)],
            ElementType.Int64 => [.. tensor.Values<long>().ToArray().Select(value => (JsonNode)value)],
            ElementType.UInt64 => [.. tensor.Values<ulong>().ToArray().Select(value => (JsonNode)value)],
            _ => [.. tensor.ToDoubles().Select(Number)],
        };
        return Nest(tensor.Dimensions, elements);
    }

    internal static JsonNode Number(double value) => double.IsFinite(value) ? value : Word(value);

    internal static JsonNode? Number(double? value) => value is double number ? Number(number) : null;

    // Float32 prints as the shortest text that reads back to it.
    private static JsonNode Number(float value) => float.IsFinite(value) ? value : Word(value);

    private static JsonNode Word(double value) =>
        double.IsNaN(value) ? "NaN"
        : value > 0 ? "Infinity"
        : "-Infinity";

    private static JsonNode Nest(ReadOnlySpan<int> shape, Span<JsonNode> elements)
    {
        if (shape.IsEmpty)
        {
            return elements[0];
        }

        JsonArray array = [];
        int size = shape[0] == 0 ? 0 : elements.Length / shape[0];
        for (int index = 0; index < shape[0]; index++)
        {
            array.Add(Nest(shape[1..], elements.Slice(index * size, size)));
        }

        return array;
    }
}
