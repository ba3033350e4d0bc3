namespace ConcreteMl.Data;

/// <summary>What each element type is stored as, and which conversions lose nothing.</summary>
internal static class Elements
{
    /// <summary>The .NET type of one stored element.</summary>
    internal static Type Storage(ElementType element) =>
        element switch
        {
            ElementType.Bool => typeof(bool),
            ElementType.Int8 => typeof(sbyte),
            ElementType.Int16 => typeof(short),
            ElementType.Int32 => typeof(int),
            ElementType.Int64 => typeof(long),
            ElementType.UInt8 => typeof(byte),
            ElementType.UInt16 or ElementType.BFloat16 => typeof(ushort),
            ElementType.UInt32 => typeof(uint),
            ElementType.UInt64 => typeof(ulong),
            ElementType.Float16 => typeof(Half),
            ElementType.Float32 => typeof(float),
            ElementType.Float64 => typeof(double),
            ElementType.String => typeof(string),
            _ => throw new ArgumentOutOfRangeException(nameof(element)),
        };

    /// <summary>Bytes of one element.</summary>
    internal static int Size(ElementType element) =>
        element switch
        {
            ElementType.Bool or ElementType.Int8 or ElementType.UInt8 => 1,
            ElementType.Int16 or ElementType.UInt16 or ElementType.Float16 or ElementType.BFloat16 => 2,
            ElementType.Int32 or ElementType.UInt32 or ElementType.Float32 => 4,
            ElementType.Int64 or ElementType.UInt64 or ElementType.Float64 => 8,
            _ => throw new ArgumentOutOfRangeException(nameof(element)),
        };

    internal static ElementType Of<T>()
        where T : unmanaged
    {
        foreach (ElementType element in Enum.GetValues<ElementType>())
        {
            if (element != ElementType.BFloat16 && Storage(element) == typeof(T))
            {
                return element;
            }
        }

        throw new ArgumentException($"no tensor has elements of type {typeof(T).Name}");
    }

    /// <summary>A type of numbers, by its name; null for anything else.</summary>
    internal static ElementType? TryNumeric(string name) =>
        Enum.TryParse(name, out ElementType element) && Enum.IsDefined(element) && element != ElementType.String ? element : null;

    internal static bool IsFloat(ElementType element) =>
        element is ElementType.Float16 or ElementType.BFloat16 or ElementType.Float32 or ElementType.Float64;

    internal static void RequireFit(ElementType element, ReadOnlySpan<int> shape, Array data)
    {
        long count = 1;
        foreach (int dimension in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(dimension, nameof(shape));
            count = checked(count * dimension);
        }

        if (count != data.Length || data.GetType().GetElementType() != Storage(element))
        {
            throw new ArgumentException(
                $"{data.Length} values of type {data.GetType().GetElementType()?.Name} do not fill {element} {ShapeText.Print(shape)}",
                nameof(data)
            );
        }
    }

    // Arrays of signed and unsigned integers of one size pass each other's type tests, so the element type decides.
    internal static double[] ToDoubles(ElementType element, Array data) =>
        element switch
        {
            ElementType.Bool => Array.ConvertAll((bool[])data, value => value ? 1.0 : 0.0),
            ElementType.Int8 => Array.ConvertAll((sbyte[])data, value => (double)value),
            ElementType.UInt8 => Array.ConvertAll((byte[])data, value => (double)value),
            ElementType.Int16 => Array.ConvertAll((short[])data, value => (double)value),
            ElementType.UInt16 => Array.ConvertAll((ushort[])data, value => (double)value),
            ElementType.Int32 => Array.ConvertAll((int[])data, value => (double)value),
            ElementType.UInt32 => Array.ConvertAll((uint[])data, value => (double)value),
            ElementType.Int64 => Array.ConvertAll((long[])data, value => (double)value),
            ElementType.UInt64 => Array.ConvertAll((ulong[])data, value => (double)value),
            ElementType.Float16 => Array.ConvertAll((Half[])data, value => (double)value),
            ElementType.BFloat16 => Array.ConvertAll((ushort[])data, FromBFloat16),
            ElementType.Float32 => Array.ConvertAll((float[])data, value => (double)value),
            ElementType.Float64 => (double[])data.Clone(),
            ElementType.String => throw new InvalidCastException("the elements are texts, which are no numbers"),
            _ => throw new ArgumentOutOfRangeException(nameof(element)),
        };

    /// <summary>A tensor of values that are exact in the element type.</summary>
    internal static Tensor FromDoubles(ElementType element, int[] shape, double[] values)
    {
        Array data = element switch
        {
            ElementType.Bool => Array.ConvertAll(values, value => value != 0),
            ElementType.Int8 => Array.ConvertAll(values, value => (sbyte)value),
            ElementType.UInt8 => Array.ConvertAll(values, value => (byte)value),
            ElementType.Int16 => Array.ConvertAll(values, value => (short)value),
            ElementType.UInt16 => Array.ConvertAll(values, value => (ushort)value),
            ElementType.Int32 => Array.ConvertAll(values, value => (int)value),
            ElementType.UInt32 => Array.ConvertAll(values, value => (uint)value),
            ElementType.Int64 => Array.ConvertAll(values, value => (long)value),
            ElementType.UInt64 => Array.ConvertAll(values, value => (ulong)value),
            ElementType.Float16 => Array.ConvertAll(values, value => (Half)value),
            ElementType.BFloat16 => Array.ConvertAll(values, value => (ushort)(BitConverter.SingleToUInt32Bits((float)value) >> 16)),
            ElementType.Float32 => Array.ConvertAll(values, value => (float)value),
            ElementType.Float64 => values,
            _ => throw new ArgumentOutOfRangeException(nameof(element)),
        };
        return new Tensor(element, shape, data);
    }

    private static double FromBFloat16(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>Every value of <paramref name="from"/> is a value of <paramref name="into"/>.</summary>
    internal static bool Widens(ElementType from, ElementType into)
    {
        if (from == into)
        {
            return true;
        }

        return (Significant(from), Significant(into)) switch
        {
            (_, null) or (null, _) => false,
            ((int bits, bool negative, int exponent), (int room, bool below, int reach)) => bits <= room
                && (below || !negative)
                && exponent <= reach
                && (!IsFloat(from) || IsFloat(into)),
        };
    }

    // Significant bits, whether there are negative values, and (as a power of two) how far the values reach.
    private static (int Bits, bool Negative, int Exponent)? Significant(ElementType element) =>
        element switch
        {
            ElementType.Bool => (1, false, 0),
            ElementType.Int8 => (7, true, 7),
            ElementType.UInt8 => (8, false, 8),
            ElementType.Int16 => (15, true, 15),
            ElementType.UInt16 => (16, false, 16),
            ElementType.Int32 => (31, true, 31),
            ElementType.UInt32 => (32, false, 32),
            ElementType.Int64 => (63, true, 63),
            ElementType.UInt64 => (64, false, 64),
            ElementType.Float16 => (11, true, 16),
            ElementType.BFloat16 => (8, true, 128),
            ElementType.Float32 => (24, true, 128),
            ElementType.Float64 => (53, true, 1024),
            _ => null,
        };
}
