using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// Inner loops: sums of rows times integer weights modulo 2^64, word by word, for a window of words. A null row counts as
/// zeros. Sums live in registers across all rows and are stored once, so that windows may overlap.
/// </summary>
internal static unsafe class WeightedRows
{
    /// <summary>Outputs that <see cref="Sum4"/> makes at once.</summary>
    internal const int Block = 4;

    private static bool IsWide => Vector512.IsHardwareAccelerated && Avx512DQ.IsSupported;

    /// <summary>
    /// output[r][l] = Σ rows[k][l] · weights[4k + r] for r below 4 and l in [from, to); outputs lie
    /// <paramref name="outputStride"/> words apart.
    /// </summary>
    internal static void Sum4(ulong** rows, int count, ulong* weights, ulong* output, long outputStride, int from, int to)
    {
        if (IsWide && to - from >= Vector512<ulong>.Count)
            WeightedRows512.Sum4(rows, count, weights, output, outputStride, from, to);
        else
            for (int r = 0; r < Block; r++)
                SumPortable(rows, count, weights + r, Block, output + r * outputStride, from, to);
    }

    /// <summary>output[l] = Σ rows[k][l] · weights[k] for l in [from, to).</summary>
    internal static void Sum1(ulong** rows, int count, ulong* weights, ulong* output, int from, int to)
    {
        if (IsWide && to - from >= Vector512<ulong>.Count)
            WeightedRows512.Sum1(rows, count, weights, output, from, to);
        else
            SumPortable(rows, count, weights, 1, output, from, to);
    }

    /// <summary>output[l] = Σ rows[indices[t]][l] · weights[t] for l in [from, to).</summary>
    internal static void SumSparse(ulong** rows, int* indices, ulong* weights, int count, ulong* output, int from, int to)
    {
        if (IsWide && to - from >= Vector512<ulong>.Count)
        {
            WeightedRows512.SumSparse(rows, indices, weights, count, output, from, to);
            return;
        }
        new Span<ulong>(output + from, to - from).Clear();
        for (int t = 0; t < count; t++)
            if (rows[indices[t]] is not null)
                AddScaled(rows[indices[t]], weights[t], output, from, to);
    }

    /// <summary>output[l] = Σ rows[k][l] for l in [from, to).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void SumUnit(ulong** rows, int count, ulong* output, int from, int to)
    {
        int width = Vector<ulong>.Count;
        int l = from;
        for (; l <= to - width; l += width)
        {
            Vector<ulong> sum = Vector<ulong>.Zero;
            for (int k = 0; k < count; k++)
                if (rows[k] is not null)
                    sum += Vector.Load(rows[k] + l);
            sum.Store(output + l);
        }
        for (; l < to; l++)
        {
            ulong sum = 0;
            for (int k = 0; k < count; k++)
                if (rows[k] is not null)
                    sum += rows[k][l];
            output[l] = sum;
        }
    }

    private static void SumPortable(ulong** rows, int count, ulong* weights, int weightStride, ulong* output, int from, int to)
    {
        new Span<ulong>(output + from, to - from).Clear();
        for (int k = 0; k < count; k++)
            if (rows[k] is not null)
                AddScaled(rows[k], weights[(long)k * weightStride], output, from, to);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddScaled(ulong* row, ulong weight, ulong* output, int from, int to)
    {
        if (weight == 0)
            return;
        int width = Vector<ulong>.Count;
        Vector<ulong> factor = new(weight);
        int l = from;
        for (; l <= to - width; l += width)
            (Vector.Load(output + l) + Vector.Load(row + l) * factor).Store(output + l);
        for (; l < to; l++)
            output[l] += row[l] * weight;
    }
}
