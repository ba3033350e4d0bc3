using System.Globalization;

namespace ConcreteMl.Cli.Output;

/// <summary>What one ONNX node costs: its layers summed, the digits of a rounding among them.</summary>
/// <param name="Node">The node, or the nodes that were merged.</param>
/// <param name="Operations">Its operations, each once, in order.</param>
/// <param name="Shape">The shape of its result.</param>
/// <param name="Bits">The widest encoding.</param>
/// <param name="Measured">The widest signed code seen in calibration.</param>
/// <param name="Lookups">Lookups of one sample.</param>
/// <param name="Bootstraps">Bootstraps of one sample.</param>
/// <param name="PError">The largest failure probability of a bootstrap; null without parameters.</param>
/// <param name="Seconds">Predicted time; null without parameters.</param>
/// <param name="Share">Its part of the predicted time of all nodes, without the packing of results; null without parameters.</param>
internal sealed record NodeRow(
    string Node,
    string Operations,
    string Shape,
    int Bits,
    int Measured,
    long Lookups,
    long Bootstraps,
    double? PError,
    double? Seconds,
    double? Share
)
{
    /// <summary>A row for every node, in the order in which they first occur.</summary>
    internal static IReadOnlyList<NodeRow> Of(CircuitReport report)
    {
        double total = report.Layers.Sum(layer => layer.PredictedSeconds ?? 0.0);
        return [.. report.Layers.GroupBy(layer => layer.Node).Select(group => Of([.. group], total))];
    }

    private static NodeRow Of(LayerReport[] layers, double total)
    {
        double? seconds = layers.Any(layer => layer.PredictedSeconds is not null)
            ? layers.Sum(layer => layer.PredictedSeconds ?? 0.0)
            : null;
        return new NodeRow(
            layers[0].Node,
            string.Join(", ", layers.Select(layer => layer.Operation).Distinct()),
            string.Join('x', layers[^1].Shape.Select(size => size.ToString(CultureInfo.InvariantCulture))),
            layers.Max(layer => layer.AccumulatorBits),
            layers.Max(layer => layer.MeasuredBits),
            layers.Sum(layer => layer.Lookups),
            layers.Sum(layer => layer.Bootstraps),
            layers.Max(layer => layer.PError),
            seconds,
            seconds is double own && total > 0.0 ? own / total : null
        );
    }
}
