using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// The inner loops of <see cref="WeightedRows"/> for 512-bit vectors; windows have at least one vector. They are optimized
/// from the first call on: one call may run for a second.
/// </summary>
internal static unsafe class WeightedRows512
{
    private const int Width = 8;
    private const int Tile = 4 * Width;

    internal static void Sum4(ulong** rows, int count, ulong* weights, ulong* output, long stride, int from, int to)
    {
        int l = from;
        for (; l <= to - Tile; l += Tile)
            Tile4(rows, count, weights, output + l, stride, l);
        for (; l <= to - Width; l += Width)
            Vector4(rows, count, weights, output + l, stride, l);
        // the last vector overlaps its neighbour: sums are stored, never added to memory
        if (l < to)
            Vector4(rows, count, weights, output + to - Width, stride, to - Width);
    }

    internal static void Sum1(ulong** rows, int count, ulong* weights, ulong* output, int from, int to)
    {
        int l = from;
        for (; l <= to - Tile; l += Tile)
            Tile1(rows, count, weights, output + l, l);
        for (; l <= to - Width; l += Width)
            Vector1(rows, count, weights, output + l, l);
        if (l < to)
            Vector1(rows, count, weights, output + to - Width, to - Width);
    }

    internal static void SumSparse(ulong** rows, int* indices, ulong* weights, int count, ulong* output, int from, int to)
    {
        int l = from;
        for (; l <= to - Tile; l += Tile)
            TileSparse(rows, indices, weights, count, output + l, l);
        for (; l <= to - Width; l += Width)
            VectorSparse(rows, indices, weights, count, output + l, l);
        if (l < to)
            VectorSparse(rows, indices, weights, count, output + to - Width, to - Width);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile4(ulong** rows, int count, ulong* weights, ulong* output, long stride, int l)
    {
        Vector512<ulong> a0 = default,
            a1 = default,
            a2 = default,
            a3 = default;
        Vector512<ulong> b0 = default,
            b1 = default,
            b2 = default,
            b3 = default;
        Vector512<ulong> c0 = default,
            c1 = default,
            c2 = default,
            c3 = default;
        Vector512<ulong> d0 = default,
            d1 = default,
            d2 = default,
            d3 = default;
        for (int k = 0; k < count; k++, weights += 4)
        {
            ulong* row = rows[k];
            if (row is null)
                continue;
            row += l;
            Vector512<ulong> x0 = Vector512.Load(row);
            Vector512<ulong> x1 = Vector512.Load(row + Width);
            Vector512<ulong> x2 = Vector512.Load(row + 2 * Width);
            Vector512<ulong> x3 = Vector512.Load(row + 3 * Width);
            Vector512<ulong> w = Vector512.Create(weights[0]);
            a0 += x0 * w;
            a1 += x1 * w;
            a2 += x2 * w;
            a3 += x3 * w;
            w = Vector512.Create(weights[1]);
            b0 += x0 * w;
            b1 += x1 * w;
            b2 += x2 * w;
            b3 += x3 * w;
            w = Vector512.Create(weights[2]);
            c0 += x0 * w;
            c1 += x1 * w;
            c2 += x2 * w;
            c3 += x3 * w;
            w = Vector512.Create(weights[3]);
            d0 += x0 * w;
            d1 += x1 * w;
            d2 += x2 * w;
            d3 += x3 * w;
        }
        Store(output, a0, a1, a2, a3);
        Store(output + stride, b0, b1, b2, b3);
        Store(output + 2 * stride, c0, c1, c2, c3);
        Store(output + 3 * stride, d0, d1, d2, d3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Vector4(ulong** rows, int count, ulong* weights, ulong* output, long stride, int l)
    {
        Vector512<ulong> a = default,
            b = default,
            c = default,
            d = default;
        for (int k = 0; k < count; k++, weights += 4)
        {
            if (rows[k] is null)
                continue;
            Vector512<ulong> x = Vector512.Load(rows[k] + l);
            a += x * Vector512.Create(weights[0]);
            b += x * Vector512.Create(weights[1]);
            c += x * Vector512.Create(weights[2]);
            d += x * Vector512.Create(weights[3]);
        }
        a.Store(output);
        b.Store(output + stride);
        c.Store(output + 2 * stride);
        d.Store(output + 3 * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1(ulong** rows, int count, ulong* weights, ulong* output, int l)
    {
        Vector512<ulong> a0 = default,
            a1 = default,
            a2 = default,
            a3 = default;
        for (int k = 0; k < count; k++)
        {
            ulong* row = rows[k];
            if (row is null)
                continue;
            row += l;
            Vector512<ulong> w = Vector512.Create(weights[k]);
            a0 += Vector512.Load(row) * w;
            a1 += Vector512.Load(row + Width) * w;
            a2 += Vector512.Load(row + 2 * Width) * w;
            a3 += Vector512.Load(row + 3 * Width) * w;
        }
        Store(output, a0, a1, a2, a3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Vector1(ulong** rows, int count, ulong* weights, ulong* output, int l)
    {
        Vector512<ulong> a = default;
        for (int k = 0; k < count; k++)
            if (rows[k] is not null)
                a += Vector512.Load(rows[k] + l) * Vector512.Create(weights[k]);
        a.Store(output);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TileSparse(ulong** rows, int* indices, ulong* weights, int count, ulong* output, int l)
    {
        Vector512<ulong> a0 = default,
            a1 = default,
            a2 = default,
            a3 = default;
        for (int t = 0; t < count; t++)
        {
            ulong* row = rows[indices[t]];
            if (row is null)
                continue;
            row += l;
            Vector512<ulong> w = Vector512.Create(weights[t]);
            a0 += Vector512.Load(row) * w;
            a1 += Vector512.Load(row + Width) * w;
            a2 += Vector512.Load(row + 2 * Width) * w;
            a3 += Vector512.Load(row + 3 * Width) * w;
        }
        Store(output, a0, a1, a2, a3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void VectorSparse(ulong** rows, int* indices, ulong* weights, int count, ulong* output, int l)
    {
        Vector512<ulong> a = default;
        for (int t = 0; t < count; t++)
            if (rows[indices[t]] is not null)
                a += Vector512.Load(rows[indices[t]] + l) * Vector512.Create(weights[t]);
        a.Store(output);
    }

    private static void Store(ulong* output, Vector512<ulong> x0, Vector512<ulong> x1, Vector512<ulong> x2, Vector512<ulong> x3)
    {
        x0.Store(output);
        x1.Store(output + Width);
        x2.Store(output + 2 * Width);
        x3.Store(output + 3 * Width);
    }
}
