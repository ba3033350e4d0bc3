using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>The transform on vector kernels.</summary>
internal sealed unsafe class VectorTransform : NegacyclicTransform
{
    private readonly VectorIsa _isa;
    private readonly TransformKernels _kernels;

    internal VectorTransform(VectorIsa isa, int polynomialSize)
        : base(polynomialSize)
    {
        _isa = isa;
        _kernels = TransformKernels.For(isa, polynomialSize);
    }

    /// <inheritdoc/>
    internal override int SpectrumLength => _kernels.Plan.SpectrumLength;

    /// <summary>Splits, layouts and twiddles.</summary>
    internal TransformPlan Plan => _kernels.Plan;

    /// <inheritdoc/>
    internal override NegacyclicTransform OfSize(int polynomialSize) => new VectorTransform(_isa, polynomialSize);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Forward(double* coefficients, double* spectrum)
    {
        _kernels.Top.TopForward((nint)coefficients, (nint)spectrum, (nint)Plan.TopTwiddles);
        for (int block = 0; block < Plan.Top; block++)
        {
            // nothing to fetch ahead: the sub-block itself is in cache
            nint points = (nint)(spectrum + block * Plan.BlockStride);
            _kernels.BlockForward(points, (nint)Plan.BlockTwiddles(block), points, 1, 0);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Inverse(double* spectrum, double* coefficients)
    {
        for (int block = 0; block < Plan.Top; block++)
            _kernels.BlockInverse((nint)(spectrum + block * Plan.BlockStride), (nint)Plan.BlockTwiddles(block));
        _kernels.Top.TopInverse((nint)spectrum, (nint)coefficients, (nint)Plan.TopTwiddles);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void MultiplyAdd(double* left, double* right, double* sum)
    {
        for (int start = 0; start < SpectrumLength; start += Plan.BlockStride)
            _kernels.Isa.MultiplyAdd(
                (nint)(left + start),
                (nint)(right + start),
                (nint)(sum + start),
                2 * Plan.BlockPoints * sizeof(double)
            );
    }
}
