using ConcreteMl.Data;
using ConcreteMl.Tfhe;

namespace ConcreteMl;

/// <summary>What one lookup, rounding, or linear operation with weights costs for one sample.</summary>
/// <param name="Node">The ONNX nodes that it comes from.</param>
/// <param name="Operation">"lookup relu", "round exact", "matmul", "conv", ….</param>
/// <param name="Shape">The shape of the result.</param>
/// <param name="AccumulatorBits">The width of the encoding of what is read (lookups, roundings) or made (linear operations).</param>
/// <param name="MeasuredBits">The signed width of the codes seen in calibration.</param>
/// <param name="WorstBits">The signed width that no input exceeds.</param>
/// <param name="Lookups">Elements that are looked up, once for each table.</param>
/// <param name="Bootstraps">Bootstraps, those of exact rounding included; fewer than lookups where tables share them.</param>
/// <param name="Strategy">How it is carried out.</param>
/// <param name="Classes">Indices of the lookup classes of its bootstraps, whose parameters are the report's; empty without.</param>
/// <param name="Log2Norm">log2 of the 2-norm of the weights before it: how much it amplifies noise.</param>
/// <param name="PError">Failure probability of each bootstrap; null without parameters.</param>
/// <param name="NoiseMargin">log2 of the noise deviation that the bound allows over the one that is there; null without parameters.</param>
/// <param name="PredictedSeconds">On one core; null without parameters.</param>
public sealed record LayerReport(
    string Node,
    string Operation,
    IReadOnlyList<int> Shape,
    int AccumulatorBits,
    int MeasuredBits,
    int WorstBits,
    long Lookups,
    long Bootstraps,
    string Strategy,
    IReadOnlyList<int> Classes,
    double Log2Norm,
    double? PError,
    double? NoiseMargin,
    double? PredictedSeconds
)
{
    /// <summary>The shape of the result.</summary>
    public IReadOnlyList<int> Shape
    {
        get;
        init => field = ContentList<int>.Of(value);
    } = ContentList<int>.Of(Shape);

    /// <summary>Indices of the lookup classes of its bootstraps, whose parameters are the report's; empty without.</summary>
    public IReadOnlyList<int> Classes
    {
        get;
        init => field = ContentList<int>.Of(value);
    } = ContentList<int>.Of(Classes);

    /// <summary>The same with the time on several cores; each step of an exact rounding is a batch of its own.</summary>
    internal LayerReport OnCores(int cores)
    {
        int elements = Shape.Aggregate(1, (count, size) => count * size);
        double share = Bootstraps == 0 ? 1.0 / cores : (double)Bootstrapper.LargestShare(elements, cores) / elements;
        return this with { PredictedSeconds = PredictedSeconds * share };
    }
}
