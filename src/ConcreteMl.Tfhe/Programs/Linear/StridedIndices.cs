namespace ConcreteMl.Tfhe.Programs;

/// <summary>Flat indices of strided reads, in row-major order of the reader's shape.</summary>
internal static class StridedIndices
{
    /// <summary>Every index offset + Σ position · stride over <paramref name="shape"/>.</summary>
    internal static int[] All(ReadOnlySpan<int> shape, long offset, ReadOnlySpan<long> strides)
    {
        int[] indices = new int[Shapes.Count(shape)];
        int rank = shape.Length;
        Span<int> position = rank <= 16 ? stackalloc int[rank] : new int[rank];
        position.Clear();
        long at = offset;
        for (int index = 0; index < indices.Length; index++)
        {
            indices[index] = (int)at;
            for (int axis = rank - 1; axis >= 0; axis--)
            {
                at += strides[axis];
                if (++position[axis] < shape[axis])
                    break;
                at -= strides[axis] * shape[axis];
                position[axis] = 0;
            }
        }
        return indices;
    }
}
