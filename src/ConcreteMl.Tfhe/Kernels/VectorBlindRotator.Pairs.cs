using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>
/// Pairs of mask words on vector kernels. A pair's three key elements lie side by side: sub-block, component, leaf, some vectors of it, row,
/// element: exactly as they are read, once, from front to back.
/// </summary>
internal sealed unsafe partial class VectorBlindRotator
{
    private RotationSpectra? _rotations;

    private RotationSpectra Rotations => _rotations ??= RotationSpectra.For(_plan);

    /// <inheritdoc/>
    internal override long PairWorkLength => WorkLength + 4L * _plan.Top * _plan.Leaves;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void StorePairPolynomial(double* spectrum, double* elements, int part, int row, int column)
    {
        int leaf = _plan.LeafLength;
        int length = VectorIsa.PairVectors(_plan.Lanes) * 2 * _plan.Lanes;
        int groups = leaf / length;
        for (int block = 0; block < _plan.Top; block++)
        for (int i = 0; i < _plan.Leaves * groups; i++)
        {
            long place = (((long)block * (GlweDimension + 1) + column) * _plan.Leaves * groups + i) * Rows + row;
            new ReadOnlySpan<double>(spectrum + block * _plan.BlockStride + i * length, length).CopyTo(
                new Span<double>(elements + (place * 3 + part) * length, length)
            );
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private protected override void AddHeldPairProduct(
        ulong* own,
        int first,
        int second,
        double* elements,
        double* ahead,
        long share,
        double* scratch
    )
    {
        double* digits = scratch;
        double* sums = scratch + DigitsLength + 4 * _segments;
        double* turns = scratch + DigitsLength + WorkLength;
        for (int component = 0; component <= GlweDimension; component++)
            _kernels.TopForwardOwn(
                (nint)(own + component * _plan.AccumulatorLength),
                (nint)(digits + (long)component * Gadget.Level * _plan.SpectrumLength)
            );
        Rotations.FillTurns(first, second, turns);
        nint firstVectors = (nint)Rotations.Vectors(first);
        nint secondVectors = (nint)Rotations.Vectors(second);
        long part = 3L * Rows * 2 * _plan.BlockPoints;
        long forward = (long)Rows * 2 * _plan.BlockPoints;
        nint each = AheadEach(share);
        nint prefetch = (nint)ahead;
        double* key = elements;
        for (int block = 0; block < _plan.Top; block++, turns += 4 * _plan.Leaves)
        {
            nint twiddles = (nint)_plan.BlockTwiddles(block);
            double* place = digits + block * _plan.BlockStride;
            _kernels.BlockForwardShared((nint)place, twiddles, prefetch);
            prefetch += (nint)(forward * sizeof(double));
            for (int column = 0; column <= GlweDimension; column++, key += part)
            {
                double* sum = Sums(digits, sums, column) + block * _plan.BlockStride;
                _kernels.MultiplyPairInverse(
                    (nint)place,
                    (nint)key,
                    (nint)sum,
                    firstVectors,
                    secondVectors,
                    (nint)turns,
                    twiddles,
                    prefetch,
                    each
                );
                prefetch += each * StopsPerBlock;
            }
        }
        for (int column = 0; column <= GlweDimension; column++)
            _kernels.TopInverse((nint)Sums(digits, sums, column), (nint)(own + column * _plan.AccumulatorLength));
    }

    // times that the products of a sub-block with one component stop to fetch ahead
    private int StopsPerBlock => _plan.BlockPoints / _plan.Lanes / VectorIsa.PairVectors(_plan.Lanes);

    /// <summary>Bytes to fetch at each stop, whole lines, so that with what the forward passes fetch all of a share is: doubles of key.</summary>
    private nint AheadEach(long share)
    {
        long rest = share - (long)Rows * PolynomialSize;
        long stops = (GlweDimension + 1L) * _plan.Top * StopsPerBlock;
        return rest <= 0
            ? 0
            : (nint)(
                (rest * sizeof(double) + stops * TransformPlan.PaddingBytes - 1)
                / (stops * TransformPlan.PaddingBytes)
                * TransformPlan.PaddingBytes
            );
    }
}
