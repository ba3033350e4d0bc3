using System.Runtime.Intrinsics.X86;

namespace ConcreteMl.Tfhe;

/// <summary>One vector instruction set: its lanes, how transforms split for it, and the kernels that were generated for it.</summary>
internal abstract unsafe class VectorIsa
{
    private static readonly Lazy<VectorIsa?> BestSupported = new(FindBest);

    /// <summary>The widest set that this CPU and this process run, or null.</summary>
    internal static VectorIsa? Best => BestSupported.Value;

    /// <summary>Which set it is.</summary>
    internal abstract KernelSet Set { get; }

    /// <summary>Doubles in a vector.</summary>
    internal abstract int Lanes { get; }

    /// <summary>Largest radix whose butterflies fit the registers.</summary>
    internal abstract int LargestRadix { get; }

    /// <summary>Whether the first digit comes out signed by itself, so that only the later ones are lifted.</summary>
    internal abstract bool SignedFirstDigit { get; }

    /// <summary>Bytes of key that one turn of a fetching loop of <see cref="MultiplyInverseLeaves"/> fetches.</summary>
    internal abstract int PrefetchBytes { get; }

    /// <summary>(points, twiddles, leaves).</summary>
    internal abstract delegate* <nint, nint, nint, void> InverseLeaves { get; }

    /// <summary>(digits, key, sums, vectors of the first word and of the second, their turns a leaf, leaves, rows, row stride, prefetch, bytes ahead).</summary>
    internal abstract delegate* <nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, void> MultiplyPairLeaves { get; }

    /// <summary>Vectors of a leaf whose three products registers hold at a time: they lie side by side in a key.</summary>
    internal static int PairVectors(int lanes) => lanes == 8 ? 2 : 1;

    /// <summary>(left, right, sum, bytes).</summary>
    internal abstract delegate* <nint, nint, nint, nint, void> MultiplyAdd { get; }

    /// <summary>(points, twiddles, leaves, prefetch, rows, row stride), fetching ahead in one way.</summary>
    internal abstract delegate* <nint, nint, nint, nint, nint, nint, void> ForwardLeaves(KeyFetch fetch);

    /// <summary>
    /// (digits, key, sums, twiddles, leaves, rows, row stride, prefetch, bytes ahead in the first row, in every other row), fetching ahead in
    /// one way.
    /// </summary>
    internal abstract delegate* <nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, void> MultiplyInverseLeaves(KeyFetch fetch);

    /// <summary>(points, twiddles, nodes, stride) of a middle pass.</summary>
    internal abstract delegate* <nint, nint, nint, nint, void> Middle(int radix, bool forward);

    /// <summary>The top passes of a radix over sub-blocks of so many points.</summary>
    internal abstract KernelTable Top(int radix, int blockPoints);

    private protected static InvalidOperationException NoKernels(int radix, int blockPoints) =>
        new($"no kernels split by {radix} into blocks of {blockPoints} points");

    // asked here and nowhere deeper: a compiler ahead of time leaves out the kernels of a set that it does not compile for
    private static VectorIsa? FindBest()
    {
        if (Avx512F.IsSupported && Avx512DQ.IsSupported)
            return Avx512Isa.Instance;
        if (Avx2.IsSupported && Fma.IsSupported)
            return Avx2Isa.Instance;
        return null;
    }
}
