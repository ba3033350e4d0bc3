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

        bool narrows = tensor.Element == ElementType.Float64 && into == ElementType.Float32;
        if (!narrows && !Elements.Widens(tensor.Element, into))
        {
            return null;
        }

        Array data = Elements.IsFloat(into) ? Floats(tensor, into) : Integers(tensor, into);
        return new Tensor(into, tensor.Dimensions, data);
    }

    private static Array Floats(Tensor tensor, ElementType into)
    {
        double[] values = tensor.ToDoubles();
        return into switch
        {
            ElementType.Float64 => values,
            ElementType.Float32 => Array.ConvertAll(values, value => (float)value),
            ElementType.Float16 => Array.ConvertAll(values, value => (Half)value),
            ElementType.BFloat16 => Array.ConvertAll(values, value => (ushort)(BitConverter.SingleToUInt32Bits((float)value) >> 16)),
            _ => throw new ArgumentOutOfRangeException(nameof(into)),
        };
    }

    // Widening keeps every value, and those of at most 32 bits pass through float64 unchanged.
    private static Array Integers(Tensor tensor, ElementType into)
    {
        double[] values = tensor.ToDoubles();
        return into switch
        {
            ElementType.Int8 => Array.ConvertAll(values, value => (sbyte)value),
            ElementType.UInt8 => Array.ConvertAll(values, value => (byte)value),
            ElementType.Int16 => Array.ConvertAll(values, value => (short)value),
            ElementType.UInt16 => Array.ConvertAll(values, value => (ushort)value),
            ElementType.Int32 => Array.ConvertAll(values, value => (int)value),
            ElementType.UInt32 => Array.ConvertAll(values, value => (uint)value),
            ElementType.Int64 => Array.ConvertAll(values, value => (long)value),
            ElementType.UInt64 => Array.ConvertAll(values, value => (ulong)value),
            _ => throw new ArgumentOutOfRangeException(nameof(into)),
        };
    }
}
