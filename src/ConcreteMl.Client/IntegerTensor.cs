using ConcreteMl.Data;

namespace ConcreteMl;

/// <summary>A dense row-major tensor of integer codes: what lies between the client's quantizer and dequantizer. Immutable.</summary>
public sealed class IntegerTensor
{
    private readonly int[] shape;
    private readonly long[] codes;

    internal IntegerTensor(int[] shape, long[] codes)
    {
        Elements.RequireFit(ElementType.Int64, shape, codes);
        this.shape = shape;
        this.codes = codes;
    }

    /// <summary>The dimensions, outermost first; the first counts samples.</summary>
    public IReadOnlyList<int> Shape => shape;

    /// <summary>The codes in row-major order.</summary>
    public ReadOnlySpan<long> Codes => codes;

    internal int[] Dimensions => shape;

    internal long[] Data => codes;

    /// <summary>A tensor that holds a copy of the codes.</summary>
    /// <exception cref="ArgumentException">The codes do not fill the shape.</exception>
    public static IntegerTensor Create(ReadOnlySpan<long> codes, params ReadOnlySpan<int> shape) => new(shape.ToArray(), codes.ToArray());

    /// <summary>The shape, never the codes: "codes 1x10".</summary>
    public override string ToString() => $"codes {ShapeText.Print(shape)}";
}
