using System.Runtime.InteropServices;
using ConcreteMl.Data;

namespace ConcreteMl.Steps;

/// <summary>
/// Numbers of client's steps. Reals are computed in binary64 and rounded once to their type, sums in the order of the elements, and
/// nothing is fused, so that every machine gets the same codes; integers are computed in 64 bits and wrap to their own.
/// </summary>
internal static class StepValues
{
    // A ciphertext of each would take terabytes; a file that asks for more was not written by a compiler.
    private const int MostElements = 1 << 24;

    /// <summary>The number of elements of a shape, before anything of that size is allocated.</summary>
    /// <exception cref="InvalidDataException">There are more than 2^24, or a dimension is negative.</exception>
    internal static int Count(IEnumerable<int> shape)
    {
        long count = 1;
        foreach (int size in shape)
        {
            count = size < 0 ? long.MaxValue : Math.Min(count, MostElements + 1L) * size;
        }

        return count <= MostElements
            ? (int)count
            : throw new InvalidDataException($"a value of the client's steps has more than {MostElements} elements");
    }

    internal static Tensor Round(ElementType element, int[] shape, double[] values) =>
        Elements.IsFloat(element)
            ? element == ElementType.BFloat16
                ? new Tensor(element, shape, Array.ConvertAll(values, ToBFloat16))
                : Elements.FromDoubles(element, shape, values)
            : Wrap(element, shape, Array.ConvertAll(values, Truncate));

    internal static Tensor Wrap(ElementType element, int[] shape, long[] values)
    {
        Array data = element switch
        {
            ElementType.Bool => Array.ConvertAll(values, value => value != 0),
            ElementType.Int8 => Array.ConvertAll(values, value => unchecked((sbyte)value)),
            ElementType.UInt8 => Array.ConvertAll(values, value => unchecked((byte)value)),
            ElementType.Int16 => Array.ConvertAll(values, value => unchecked((short)value)),
            ElementType.UInt16 => Array.ConvertAll(values, value => unchecked((ushort)value)),
            ElementType.Int32 => Array.ConvertAll(values, value => unchecked((int)value)),
            ElementType.UInt32 => Array.ConvertAll(values, value => unchecked((uint)value)),
            ElementType.Int64 => values,
            ElementType.UInt64 => Array.ConvertAll(values, value => unchecked((ulong)value)),
            _ => Elements.FromDoubles(element, shape, Array.ConvertAll(values, value => (double)value)).Data,
        };
        return new Tensor(element, shape, data);
    }

    /// <summary>Every element as a 64-bit integer; unsigned ones beyond 2^63 as the negative number of the same bits.</summary>
    internal static long[] Whole(Tensor tensor) =>
        tensor.Element switch
        {
            ElementType.Int64 => [.. (long[])tensor.Data],
            ElementType.UInt64 => MemoryMarshal.Cast<ulong, long>(tensor.Values<ulong>()).ToArray(),
            _ => Array.ConvertAll(tensor.ToDoubles(), Truncate),
        };

    // Towards zero; what has no integer becomes the lowest one, as on x86.
    private static long Truncate(double value) =>
        value is >= -9223372036854775808.0 and < 9223372036854775808.0 ? (long)value : long.MinValue;

    private static ushort ToBFloat16(double value)
    {
        uint bits = BitConverter.SingleToUInt32Bits((float)value);
        return double.IsNaN(value) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
