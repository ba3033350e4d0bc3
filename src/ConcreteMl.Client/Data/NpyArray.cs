using System.Runtime.InteropServices;

namespace ConcreteMl.Data;

/// <summary>One .npy array to and from bytes.</summary>
internal static class NpyArray
{
    /// <exception cref="InvalidDataException">The array is damaged.</exception>
    /// <exception cref="NotSupportedException">Its element type has no meaning here.</exception>
    internal static Tensor Read(ReadOnlySpan<byte> bytes)
    {
        NpyHeader header = NpyHeader.Parse(bytes);
        int size = header.ItemBytes;
        long count = 1;
        foreach (int dimension in header.Shape)
        {
            count = dimension == 0 ? 0 : Math.Min(count * dimension, long.MaxValue / int.MaxValue);
        }

        ReadOnlySpan<byte> content = bytes[header.DataOffset..];
        if (content.Length != count * size)
        {
            throw new InvalidDataException(
                $"it holds {content.Length} bytes where shape {ShapeText.Print(header.Shape)} of {header.Element} takes {count * size}"
            );
        }

        byte[] ordered = content.ToArray();
        if (header.BigEndian)
        {
            Swap(ordered, header.WordBytes);
        }

        if (header.FortranOrder && header.Shape.Length > 1)
        {
            ordered = Transpose(ordered, size, header.Shape);
        }

        Array data =
            header.Element == ElementType.String
                ? NpyTexts.Read(ordered, (int)count, size, header.WordBytes == NpyTexts.CharacterBytes)
                : Typed(header.Element, ordered);
        return new Tensor(header.Element, header.Shape, data);
    }

    internal static byte[] Write(Tensor tensor)
    {
        return tensor.Element == ElementType.String
            ? [.. NpyHeader.Write(tensor), .. NpyTexts.Write((string[])tensor.Data)]
            : [.. NpyHeader.Write(tensor), .. Bytes(tensor)];
    }

    /// <summary>The elements' little-endian bytes, without a copy; of numbers only.</summary>
    internal static ReadOnlySpan<byte> Bytes(Tensor tensor)
    {
        ref byte first = ref MemoryMarshal.GetArrayDataReference(tensor.Data);
        return MemoryMarshal.CreateReadOnlySpan(ref first, tensor.Count * Elements.Size(tensor.Element));
    }

    private static void Swap(Span<byte> bytes, int size)
    {
        for (int start = 0; start < bytes.Length; start += size)
        {
            bytes.Slice(start, size).Reverse();
        }
    }

    // First index fastest becomes last index fastest.
    private static byte[] Transpose(byte[] bytes, int size, int[] shape)
    {
        byte[] result = new byte[bytes.Length];
        int[] index = new int[shape.Length];
        for (int target = 0; target < bytes.Length; target += size)
        {
            int source = 0;
            for (int axis = shape.Length - 1; axis >= 0; axis--)
            {
                source = (source * shape[axis]) + index[axis];
            }

            bytes.AsSpan(source * size, size).CopyTo(result.AsSpan(target));
            for (int axis = shape.Length - 1; axis >= 0 && ++index[axis] == shape[axis]; axis--)
            {
                index[axis] = 0;
            }
        }

        return result;
    }

    private static Array Typed(ElementType element, byte[] bytes) =>
        element switch
        {
            ElementType.Bool => Array.ConvertAll(bytes, value => value != 0),
            ElementType.Int8 => Cast<sbyte>(bytes),
            ElementType.Int16 => Cast<short>(bytes),
            ElementType.Int32 => Cast<int>(bytes),
            ElementType.Int64 => Cast<long>(bytes),
            ElementType.UInt8 => bytes,
            ElementType.UInt16 => Cast<ushort>(bytes),
            ElementType.UInt32 => Cast<uint>(bytes),
            ElementType.UInt64 => Cast<ulong>(bytes),
            ElementType.Float16 => Cast<Half>(bytes),
            ElementType.Float32 => Cast<float>(bytes),
            ElementType.Float64 => Cast<double>(bytes),
            _ => throw new ArgumentOutOfRangeException(nameof(element)),
        };

    private static T[] Cast<T>(byte[] bytes)
        where T : struct => MemoryMarshal.Cast<byte, T>(bytes).ToArray();
}
