using ConcreteMl.Data;

namespace ConcreteMl;

/// <summary>How well one layer of a module follows the unquantized model on samples, and where its codes lie.</summary>
/// <param name="Node">The ONNX nodes that it comes from.</param>
/// <param name="Shape">The shape of its result.</param>
/// <param name="Bits">The widest signed code of its values.</param>
/// <param name="CalibratedLow">The lowest code of its result in calibration, or by construction.</param>
/// <param name="CalibratedHigh">The highest code of its result in calibration, or by construction.</param>
/// <param name="Low">The lowest code of its result on the samples.</param>
/// <param name="High">The highest code of its result on the samples.</param>
/// <param name="BeyondCalibration">How many codes of all its values lie beyond the range of their calibration; harmless within the width.</param>
/// <param name="ErrorOverStd">
/// Mean absolute difference to the unquantized model in clear, over the value's deviation; null where the unquantized model has no such
/// value, or fewer than eight samples are given for codes whose meaning is not stated.
/// </param>
/// <param name="IsStated">
/// Whether the graph states what the codes mean. Elsewhere they are read by the best straight line of each element, so that a common
/// gain or offset does not count.
/// </param>
public sealed record LayerScore(
    string Node,
    IReadOnlyList<int> Shape,
    int Bits,
    long CalibratedLow,
    long CalibratedHigh,
    long Low,
    long High,
    long BeyondCalibration,
    double? ErrorOverStd,
    bool IsStated
)
{
    /// <summary>The shape of its result.</summary>
    public IReadOnlyList<int> Shape
    {
        get;
        init => field = ContentList<int>.Of(value);
    } = ContentList<int>.Of(Shape);
}
