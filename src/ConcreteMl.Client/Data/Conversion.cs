namespace ConcreteMl.Data;

/// <summary>Conversions of element types that users' arrays may need.</summary>
internal static class Conversion
{
    /// <summary>
    /// The tensor in another element type: every lossless widening, and float64 to float32 rounded to nearest;
    /// null for conversions that lose more.
    /// </summary>
    internal static Tensor? TryConvert(Tensor tensor, ElementType into)
    {
        if (tensor.Element == into)
        {
            return tensor;
        }

        if (tensor.Element == ElementType.String)
        {
            return null;
        }

        bool narrows = tensor.Element == ElementType.Float64 && into == ElementType.Float32;
        if (!narrows && !Elements.Widens(tensor.Element, into))
        {
            return null;
        }

        // Widening keeps every value, and those of at most 32 bits pass through float64 unchanged; only integers reach 64 bits,
        // and none of 64 bits widens to anything.
        return Elements.FromDoubles(into, tensor.Dimensions, tensor.ToDoubles());
    }
}
