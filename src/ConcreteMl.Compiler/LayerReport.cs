namespace ConcreteMl;

/// <summary>What one layer costs: the operations that come from the same ONNX nodes.</summary>
/// <param name="Node">The ONNX nodes.</param>
/// <param name="InputShape">The shape of what enters.</param>
/// <param name="OutputShape">The shape of what leaves.</param>
/// <param name="AccumulatorBits">The widest value of the layer.</param>
/// <param name="Lookups">Table lookups for one sample.</param>
/// <param name="Bootstraps">Bootstraps for one sample, those of exact rounding included.</param>
/// <param name="LookupBits">The width that the lookups read; null when there are none.</param>
/// <param name="Tables">Distinct tables.</param>
/// <param name="Strategy">How lookups and roundings are carried out.</param>
/// <param name="Class">Index of the lookup class, whose parameters are the report's; null without parameters.</param>
/// <param name="PError">Failure probability of each lookup; null without parameters.</param>
/// <param name="NoiseMargin">log2 of the noise deviation that the bound allows over the one that is there; null without parameters.</param>
/// <param name="PredictedSeconds">On one core; null without parameters.</param>
public sealed record LayerReport(
    string Node,
    IReadOnlyList<int> InputShape,
    IReadOnlyList<int> OutputShape,
    int AccumulatorBits,
    long Lookups,
    long Bootstraps,
    int? LookupBits,
    int Tables,
    string Strategy,
    int? Class,
    double? PError,
    double? NoiseMargin,
    double? PredictedSeconds
);
