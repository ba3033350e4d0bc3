using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>The kernels of a transform of one size, put together for its plan: top passes, and sub-blocks both ways.</summary>
internal sealed unsafe class TransformKernels
{
    private static readonly ConcurrentDictionary<(KernelSet, int), TransformKernels> Cache = new();

    private readonly Pass[] _forward;
    private readonly Pass[] _inverse;
    private readonly delegate* <nint, nint, nint, nint, nint, nint, void> _forwardLeaves;
    private readonly delegate* <nint, nint, nint, nint, nint, nint, void> _forwardLeavesShared;
    private readonly nint _leafTwiddles;
    private readonly nint _blockBytes;

    private TransformKernels(TransformPlan plan, VectorIsa isa)
    {
        Plan = plan;
        Isa = isa;
        Top = isa.Top(plan.Top, plan.BlockPoints);
        _forward = [.. Enumerable.Range(0, plan.Middle.Length).Select(pass => new Pass(plan, isa, pass, forward: true))];
        _inverse = [.. Enumerable.Range(0, plan.Middle.Length).Reverse().Select(pass => new Pass(plan, isa, pass, forward: false))];
        _forwardLeaves = isa.ForwardLeaves(KeyFetching.Here);
        _forwardLeavesShared = isa.ForwardLeaves(KeyFetch.Second);
        _blockBytes = 2 * plan.BlockPoints * sizeof(double);
        _leafTwiddles = plan.LeafTwiddleStart * sizeof(double);
    }

    /// <summary>Splits, layouts and twiddles.</summary>
    internal TransformPlan Plan { get; }

    /// <summary>The instruction set.</summary>
    internal VectorIsa Isa { get; }

    /// <summary>The top passes.</summary>
    internal KernelTable Top { get; }

    /// <summary>The kernels for polynomials of size N.</summary>
    internal static TransformKernels For(VectorIsa isa, int polynomialSize) =>
        Cache.GetOrAdd(
            (isa.Set, polynomialSize),
            static (key, isa) => new TransformKernels(new TransformPlan(key.Item2, isa.Lanes, isa.LargestRadix), isa),
            isa
        );

    /// <summary>
    /// The rest of the forward transform of <paramref name="rows"/> sub-blocks, <paramref name="stride"/> bytes apart from
    /// <paramref name="points"/> on, in place; fetches as many bytes from address <paramref name="prefetch"/> on as they have.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void BlockForward(nint points, nint twiddles, nint prefetch, nint rows, nint stride) =>
        BlockForward(_forwardLeaves, points, twiddles, prefetch, rows, stride);

    /// <summary>The same; what is fetched goes to the second-level cache, for several ciphertexts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void BlockForwardShared(nint points, nint twiddles, nint prefetch, nint rows, nint stride) =>
        BlockForward(_forwardLeavesShared, points, twiddles, prefetch, rows, stride);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BlockForward(
        delegate* <nint, nint, nint, nint, nint, nint, void> forwardLeaves,
        nint points,
        nint twiddles,
        nint prefetch,
        nint rows,
        nint stride
    )
    {
        nint leaves = Plan.Leaves;
        if (_forward.Length == 0)
        {
            forwardLeaves(points, twiddles + _leafTwiddles, leaves, prefetch, rows, stride);
            return;
        }
        // a row's leaves right after its middle passes, while it is in cache
        for (nint row = 0; row < rows; row++)
        {
            foreach (Pass pass in _forward)
                pass.Run(points, twiddles);
            forwardLeaves(points, twiddles + _leafTwiddles, leaves, prefetch, 1, 0);
            points += stride;
            prefetch += _blockBytes;
        }
    }

    /// <summary>The sub-block at <paramref name="points"/> back to the top split, in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void BlockInverse(nint points, nint twiddles)
    {
        Isa.InverseLeaves(points, twiddles + _leafTwiddles, Plan.Leaves);
        MiddleInverse(points, twiddles);
    }

    /// <summary>What <see cref="BlockInverse"/> does after the leaves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void MiddleInverse(nint points, nint twiddles)
    {
        foreach (Pass pass in _inverse)
            pass.Run(points, twiddles);
    }

    /// <summary>The address of a sub-block's leaf twiddles.</summary>
    internal nint LeafTwiddles(nint twiddles) => twiddles + _leafTwiddles;

    /// <summary>A middle pass with its counts and distances.</summary>
    private readonly struct Pass
    {
        private readonly delegate* <nint, nint, nint, nint, void> _code;
        private readonly nint _twiddles;
        private readonly nint _nodes;
        private readonly nint _stride;

        internal Pass(TransformPlan plan, VectorIsa isa, int pass, bool forward)
        {
            _code = isa.Middle(plan.Middle[pass], forward);
            _twiddles = plan.MiddleTwiddleStart(pass) * sizeof(double);
            _nodes = plan.MiddleNodes(pass);
            _stride = plan.BlockPoints / (int)_nodes / plan.Middle[pass] * 2 * sizeof(double);
        }

        internal void Run(nint points, nint twiddles) => _code(points, twiddles + _twiddles, _nodes, _stride);
    }
}
