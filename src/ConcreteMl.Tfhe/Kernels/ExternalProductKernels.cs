using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>The kernels of the external product of one size, gadget and number of rows, with their counts and distances.</summary>
internal sealed unsafe class ExternalProductKernels
{
    private static readonly ConcurrentDictionary<(KernelSet, int, int, GadgetDecomposition), ExternalProductKernels> Cache = new();

    private readonly TransformKernels _transform;
    private readonly TransformPlan _plan;
    private readonly GadgetConstants _gadget;
    private readonly delegate* <nint, nint, nint, nint, nint, nint, nint, nint, void> _topForward;
    private readonly delegate* <nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, void> _multiplyInverse;
    private readonly delegate* <nint, nint, nint, nint, void> _topForwardOwn;
    private readonly delegate* <nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, void> _multiplyPair;
    private readonly nint _rows;
    private readonly nint _spectrum;
    private readonly nint _firstAhead;
    private readonly nint _ahead;

    private ExternalProductKernels(VectorIsa isa, int polynomialSize, int glweDimension, GadgetDecomposition gadget)
    {
        _transform = TransformKernels.For(isa, polynomialSize);
        _plan = _transform.Plan;
        _topForward = gadget.Level == 1 ? _transform.Top.TopForwardDigit : _transform.Top.TopForwardDigits;
        _topForwardOwn = gadget.Level == 1 ? _transform.Top.TopForwardOwnDigit : _transform.Top.TopForwardOwnDigits;
        _multiplyInverse = isa.MultiplyInverseLeaves(KeyFetching.Here);
        _multiplyPair = isa.MultiplyPairLeaves;
        _gadget = new GadgetConstants(gadget, isa.SignedFirstDigit);
        _rows = (glweDimension + 1) * gadget.Level;
        _spectrum = _plan.SpectrumLength * sizeof(double);
        PrefetchPerLeaf = _plan.LeafLength * sizeof(double) * gadget.Level * glweDimension;
        // what does not divide by the rows goes to the first one
        _ahead = PrefetchPerLeaf / _rows / isa.PrefetchBytes * isa.PrefetchBytes;
        _firstAhead = PrefetchPerLeaf - _ahead * (_rows - 1);
    }

    /// <summary>Bytes of key that one leaf of <see cref="MultiplyInverse"/> fetches ahead: what the forward passes left over.</summary>
    internal int PrefetchPerLeaf { get; }

    /// <summary>The kernels of a shape.</summary>
    internal static ExternalProductKernels For(VectorIsa isa, int polynomialSize, int glweDimension, GadgetDecomposition gadget) =>
        Cache.GetOrAdd(
            (isa.Set, polynomialSize, glweDimension, gadget),
            static (key, isa) => new ExternalProductKernels(isa, key.Item2, key.Item3, key.Item4),
            isa
        );

    /// <summary>
    /// Subtracts own from the rotated source between byte offsets begin and end of every segment, decomposes, and makes the top
    /// split of each level's digits, one spectrum after the other. The table holds for each segment the byte offset of its rotated
    /// counterpart, then for each segment the sign as a mask.
    /// </summary>
    internal void TopForward(nint table, nint source, nint own, nint digits, nint begin, nint end) =>
        _topForward(table, source, own, digits, begin, end, _gadget.Address, (nint)_plan.TopTwiddles);

    /// <summary>
    /// The rest of the forward transform of the sub-block at <paramref name="points"/> of all rows; fetches as many bytes of key
    /// ahead, from address <paramref name="prefetch"/> on, as the rows' sub-blocks have.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void BlockForward(nint points, nint twiddles, nint prefetch)
    {
        _transform.BlockForward(points, twiddles, prefetch, _rows, _spectrum);
    }

    /// <summary>The same; what is fetched goes to the second-level cache, for several ciphertexts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void BlockForwardShared(nint points, nint twiddles, nint prefetch)
    {
        _transform.BlockForwardShared(points, twiddles, prefetch, _rows, _spectrum);
    }

    /// <summary>
    /// Multiplies a sub-block of all rows with the key, adds up, and goes back to the top split. Fetches
    /// <see cref="PrefetchPerLeaf"/> bytes a leaf of key ahead from address <paramref name="prefetch"/> on.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void MultiplyInverse(nint digits, nint key, nint sums, nint twiddles, nint prefetch)
    {
        nint leaves = _transform.LeafTwiddles(twiddles);
        _multiplyInverse(digits, key, sums, leaves, _plan.Leaves, _rows, _spectrum, prefetch, _firstAhead, _ahead);
        _transform.MiddleInverse(sums, twiddles);
    }

    /// <summary>Decomposes an accumulator polynomial and makes the top split of each level's digits, one spectrum after the other.</summary>
    internal void TopForwardOwn(nint own, nint digits) => _topForwardOwn(own, digits, _gadget.Address, (nint)_plan.TopTwiddles);

    /// <summary>
    /// Multiplies a sub-block of all rows with the key elements of a pair of mask words, weighted by their rotations, and goes back to the
    /// top split. Fetches <paramref name="ahead"/> bytes of key from address <paramref name="prefetch"/> on for every few vectors of points.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void MultiplyPairInverse(
        nint digits,
        nint key,
        nint sums,
        nint first,
        nint second,
        nint turns,
        nint twiddles,
        nint prefetch,
        nint ahead
    )
    {
        _multiplyPair(digits, key, sums, first, second, turns, _plan.Leaves, _rows, _spectrum, prefetch, ahead);
        _transform.BlockInverse(sums, twiddles);
    }

    /// <summary>Joins the top split of sums, rounds to torus words, adds to an accumulator polynomial, and renews its halos.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void TopInverse(nint sums, nint accumulator)
    {
        _transform.Top.TopInverseTorus(sums, accumulator, (nint)_plan.TopTwiddles);
        RenewHalos((ulong*)accumulator);
    }

    /// <summary>After each segment comes a copy of the next one's first line; after the last, the first one's, negated.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RenewHalos(ulong* accumulator)
    {
        int segments = 2 * _plan.Top;
        int stride = _plan.SegmentStride;
        ulong* halo = accumulator + _plan.BlockPoints;
        for (int t = 1; t < segments; t++, halo += stride)
            Unsafe.CopyBlock(halo, accumulator + t * stride, TransformPlan.PaddingBytes);
        for (int word = 0; word < TransformPlan.PaddingBytes / sizeof(ulong); word++)
            halo[word] = 0 - accumulator[word];
    }
}
