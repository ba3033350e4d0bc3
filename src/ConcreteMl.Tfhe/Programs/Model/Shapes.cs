namespace ConcreteMl.Tfhe.Programs;

/// <summary>Arithmetic of row-major shapes.</summary>
internal static class Shapes
{
    /// <summary>Product of the dimensions; false when one is below 1 or the product leaves 31 bits.</summary>
    internal static bool TryCount(ReadOnlySpan<int> shape, out int count)
    {
        long product = 1;
        count = 0;
        foreach (int dimension in shape)
        {
            if (dimension < 1)
                return false;
            product *= dimension;
            if (product > int.MaxValue)
                return false;
        }
        count = (int)product;
        return true;
    }

    /// <summary>Product of the dimensions of a verified shape.</summary>
    internal static int Count(ReadOnlySpan<int> shape)
    {
        int product = 1;
        foreach (int dimension in shape)
            product = checked(product * dimension);
        return product;
    }

    /// <summary>Row-major strides.</summary>
    internal static long[] Strides(ReadOnlySpan<int> shape)
    {
        long[] strides = new long[shape.Length];
        long stride = 1;
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= shape[axis];
        }
        return strides;
    }

    /// <summary>Whether <paramref name="from"/> broadcasts to <paramref name="to"/> without changing it.</summary>
    internal static bool BroadcastsTo(ReadOnlySpan<int> from, ReadOnlySpan<int> to)
    {
        if (from.Length > to.Length)
            return false;
        ReadOnlySpan<int> tail = to[(to.Length - from.Length)..];
        for (int axis = 0; axis < from.Length; axis++)
            if (from[axis] != 1 && from[axis] != tail[axis])
                return false;
        return true;
    }

    /// <summary>Strides with which a tensor of shape <paramref name="from"/> is read as one of shape <paramref name="to"/>.</summary>
    internal static long[] BroadcastStrides(ReadOnlySpan<int> from, ReadOnlySpan<int> to)
    {
        long[] own = Strides(from);
        long[] strides = new long[to.Length];
        int lead = to.Length - from.Length;
        for (int axis = 0; axis < from.Length; axis++)
            strides[lead + axis] = from[axis] == 1 ? 0 : own[axis];
        return strides;
    }

    /// <summary>NumPy's common shape, or null when there is none.</summary>
    internal static int[]? Broadcast(ReadOnlySpan<int> left, ReadOnlySpan<int> right)
    {
        int[] shape = new int[Math.Max(left.Length, right.Length)];
        for (int back = 1; back <= shape.Length; back++)
        {
            int a = back <= left.Length ? left[^back] : 1;
            int b = back <= right.Length ? right[^back] : 1;
            if (a != b && a != 1 && b != 1)
                return null;
            shape[^back] = a == 1 ? b : a;
        }
        return shape;
    }

    /// <summary>NumPy's matmul result, or null when the shapes do not fit.</summary>
    internal static int[]? MatMul(ReadOnlySpan<int> left, ReadOnlySpan<int> right)
    {
        if (left.Length == 0 || right.Length == 0)
            return null;
        int[] a = left.Length == 1 ? [1, left[0]] : left.ToArray();
        int[] b = right.Length == 1 ? [right[0], 1] : right.ToArray();
        if (a[^1] != b[^2] || Broadcast(a.AsSpan()[..^2], b.AsSpan()[..^2]) is not { } batch)
            return null;
        List<int> shape = [.. batch];
        if (left.Length > 1)
            shape.Add(a[^2]);
        if (right.Length > 1)
            shape.Add(b[^1]);
        return [.. shape];
    }

    /// <summary>Cells of a window operation along one axis; below 1 when the window does not fit.</summary>
    internal static long WindowCells(long input, long kernel, long stride, long dilation, long before, long after)
    {
        long span = input + before + after - dilation * (kernel - 1) - 1;
        return span < 0 ? 0 : span / stride + 1;
    }

    /// <summary>The shape as messages print it.</summary>
    internal static string Text(ReadOnlySpan<int> shape) => $"[{string.Join("x", shape.ToArray())}]";
}
