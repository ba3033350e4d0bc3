using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>
/// The external product on vector kernels. Accumulator polynomials are stored in segments of one sub-block, each
/// followed by a halo, so that a rotation is two runs of unaligned loads with constant signs. A key element is ordered
/// sub-block, component, leaf, row: exactly as it is read, once, from front to back.
/// </summary>
internal sealed unsafe partial class VectorBlindRotator : BlindRotator
{
    private readonly VectorIsa _isa;
    private readonly ExternalProductKernels _kernels;
    private readonly TransformPlan _plan;
    private readonly int _segments;
    private readonly long _prefetchDistance;

    internal VectorBlindRotator(VectorIsa isa, int polynomialSize, int glweDimension, GadgetDecomposition gadget)
        : base(new VectorTransform(isa, polynomialSize), glweDimension, gadget)
    {
        _isa = isa;
        _kernels = ExternalProductKernels.For(isa, polynomialSize, glweDimension, gadget);
        _plan = ((VectorTransform)Transform).Plan;
        _segments = 2 * _plan.Top;
        _prefetchDistance = Math.Min(GgswLength, KeyFetching.DoublesAhead(KeyFetching.Here));
    }

    /// <inheritdoc/>
    internal override int AccumulatorLength => (GlweDimension + 1) * _plan.AccumulatorLength;

    /// <inheritdoc/>
    internal override double KeyScale => 2.0 / PolynomialSize / 18446744073709551616.0;

    /// <inheritdoc/>
    internal override long DigitsLength => (long)Rows * _plan.SpectrumLength;

    // the table of streams for both runs, and the sums of all components but the last
    internal override long WorkLength => 4L * _segments + (long)GlweDimension * _plan.SpectrumLength;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void StoreKeyPolynomial(double* spectrum, double* ggsw, int row, int column)
    {
        int leaf = _plan.LeafLength;
        for (int block = 0; block < _plan.Top; block++)
        for (int i = 0; i < _plan.Leaves; i++)
        {
            long place = (((long)block * (GlweDimension + 1) + column) * _plan.Leaves + i) * Rows + row;
            new ReadOnlySpan<double>(spectrum + block * _plan.BlockStride + i * leaf, leaf).CopyTo(
                new Span<double>(ggsw + place * leaf, leaf)
            );
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private protected override void Hold(ulong* accumulator, int component, ulong* polynomial)
    {
        ulong* place = accumulator + component * _plan.AccumulatorLength;
        int size = _plan.BlockPoints;
        for (int t = 0; t < _segments; t++)
        {
            ulong* segment = place + t * _plan.SegmentStride;
            new ReadOnlySpan<ulong>(polynomial + t * size, size).CopyTo(new Span<ulong>(segment, size));
            for (int j = 0; j < _plan.SegmentStride - size; j++)
                segment[size + j] = t + 1 < _segments ? polynomial[(t + 1) * size + j] : 0 - polynomial[j];
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void MultiplyAdd(ulong* own, double* digits, double* ggsw, double* next, double* work)
    {
        double* sums = work + 4 * _segments;
        KeyAhead ahead = new(ggsw, next, GgswLength, _prefetchDistance);
        double* key = ggsw;
        int blockLength = 2 * _plan.BlockPoints;
        int multiplyAhead = _plan.Leaves * _kernels.PrefetchPerLeaf / sizeof(double);
        for (int block = 0; block < _plan.Top; block++)
        {
            nint twiddles = (nint)_plan.BlockTwiddles(block);
            double* place = digits + block * _plan.BlockStride;
            _kernels.BlockForward((nint)place, twiddles, ahead.Take((long)Rows * blockLength));
            for (int column = 0; column <= GlweDimension; column++, key += (long)Rows * blockLength)
            {
                double* sum = Sums(digits, sums, column) + block * _plan.BlockStride;
                _kernels.MultiplyInverse((nint)place, (nint)key, (nint)sum, twiddles, ahead.Take(multiplyAhead));
            }
        }
        for (int column = 0; column <= GlweDimension; column++)
            _kernels.TopInverse((nint)Sums(digits, sums, column), (nint)(own + column * _plan.AccumulatorLength));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private protected override void ReadHeld(ulong* accumulator, int component, Span<ulong> coefficients)
    {
        ulong* polynomial = accumulator + component * _plan.AccumulatorLength;
        int size = _plan.BlockPoints;
        for (int t = 0; t < _segments; t++)
            new ReadOnlySpan<ulong>(polynomial + t * _plan.SegmentStride, size).CopyTo(coefficients.Slice(t * size, size));
    }

    private protected override ulong ReadHeldBody(ulong* accumulator, int index) =>
        accumulator[GlweDimension * _plan.AccumulatorLength + _plan.AccumulatorIndex(index)];

    /// <summary>Sums of an output component; the last one may overwrite the first row of digits, which saves cache.</summary>
    private double* Sums(double* digits, double* sums, int column) =>
        column == GlweDimension ? digits : sums + (long)column * _plan.SpectrumLength;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private protected override void DecomposeHeld(ulong* own, ulong* source, int rotation, double* digits, double* work)
    {
        long* table = (long*)work;
        int size = _plan.BlockPoints;
        int within = rotation & (size - 1);
        int split = (within + _isa.Lanes - 1) / _isa.Lanes * _isa.Lanes;
        FillTable(table, rotation / size + 1, size - within);
        FillTable(table + 2 * _segments, rotation / size, -within);
        for (int component = 0; component <= GlweDimension; component++)
        {
            nint from = (nint)(source + component * _plan.AccumulatorLength);
            nint minus = (nint)(own + component * _plan.AccumulatorLength);
            double* rows = digits + (long)component * Gadget.Level * _plan.SpectrumLength;
            if (split > 0)
                _kernels.TopForward((nint)table, from, minus, (nint)rows, 0, split * sizeof(ulong));
            if (split < size)
                _kernels.TopForward(
                    (nint)(table + 2 * _segments),
                    from,
                    minus,
                    (nint)(rows + 2 * split),
                    split * sizeof(ulong),
                    size * sizeof(ulong)
                );
        }
    }

    /// <summary>Streams of one run: segment t reads the segment <paramref name="back"/> earlier, shifted by words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FillTable(long* table, int back, int shift)
    {
        for (int t = 0; t < _segments; t++)
        {
            int from = (t - back) & (2 * _segments - 1);
            table[t] = ((long)(from & (_segments - 1)) * _plan.SegmentStride + shift) * sizeof(ulong);
            table[_segments + t] = from < _segments ? 0 : -1;
        }
    }
}
