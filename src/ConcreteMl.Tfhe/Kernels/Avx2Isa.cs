using System.Runtime.Intrinsics.X86;

namespace ConcreteMl.Tfhe;

/// <summary>AVX2 with FMA: four doubles a vector, 16 registers.</summary>
internal sealed unsafe class Avx2Isa : VectorIsa
{
    private Avx2Isa() { }

    internal static Avx2Isa Instance { get; } = new();

    internal static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    internal override KernelSet Set => KernelSet.Avx2;
    internal override int Lanes => 4;
    internal override int LargestRadix => 4;
    internal override bool SignedFirstDigit => false;
    internal override int PrefetchBytes => 128;
    internal override delegate* <nint, nint, nint, void> InverseLeaves => &Avx2Kernels.InverseLeaves;

    internal override delegate* <nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, void> MultiplyPairLeaves =>
        &Avx2Kernels.MultiplyPairLeaves;

    internal override delegate* <nint, nint, nint, nint, void> MultiplyAdd => &Avx2Kernels.MultiplyAdd;

    /// <inheritdoc/>
    internal override delegate* <nint, nint, nint, nint, nint, nint, void> ForwardLeaves(KeyFetch fetch) =>
        fetch switch
        {
            KeyFetch.Streaming => &Avx2Kernels.ForwardLeaves<FetchStreaming>,
            KeyFetch.All => &Avx2Kernels.ForwardLeaves<FetchAll>,
            _ => &Avx2Kernels.ForwardLeaves<FetchSecond>,
        };

    /// <inheritdoc/>
    internal override delegate* <nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, void> MultiplyInverseLeaves(KeyFetch fetch) =>
        fetch switch
        {
            KeyFetch.Streaming => &Avx2Kernels.MultiplyInverseLeaves<FetchStreaming>,
            KeyFetch.All => &Avx2Kernels.MultiplyInverseLeaves<FetchAll>,
            _ => &Avx2Kernels.MultiplyInverseLeaves<FetchSecond>,
        };

    /// <inheritdoc/>
    internal override delegate* <nint, nint, nint, nint, void> Middle(int radix, bool forward) =>
        (radix, forward) switch
        {
            (4, true) => &Avx2Kernels.ForwardMiddle4,
            (4, false) => &Avx2Kernels.InverseMiddle4,
            _ => throw NoKernels(radix, 0),
        };

    /// <inheritdoc/>
    internal override KernelTable Top(int radix, int blockPoints) =>
        (radix, blockPoints) switch
        {
            (2, 64) => Top2<Block64>(),
            (2, 256) => Top2<Block256>(),
            (2, 1024) => Top2<Block1024>(),
            (2, 4096) => Top2<Block4096>(),
            (2, 16384) => Top2<Block16384>(),
            (4, 64) => Top4<Block64>(),
            (4, 256) => Top4<Block256>(),
            (4, 1024) => Top4<Block1024>(),
            (4, 4096) => Top4<Block4096>(),
            _ => throw NoKernels(radix, blockPoints),
        };

    private static KernelTable Top2<TBlock>()
        where TBlock : struct, IBlockSize =>
        new()
        {
            TopForward = &Avx2Kernels.TopForward2<TBlock>,
            TopInverse = &Avx2Kernels.TopInverse2<TBlock>,
            TopForwardDigit = &Avx2Kernels.TopForwardDigit2<TBlock>,
            TopForwardDigits = &Avx2Kernels.TopForwardDigits2<TBlock>,
            TopForwardOwnDigit = &Avx2Kernels.TopForwardOwnDigit2<TBlock>,
            TopForwardOwnDigits = &Avx2Kernels.TopForwardOwnDigits2<TBlock>,
            TopInverseTorus = &Avx2Kernels.TopInverseTorus2<TBlock>,
        };

    private static KernelTable Top4<TBlock>()
        where TBlock : struct, IBlockSize =>
        new()
        {
            TopForward = &Avx2Kernels.TopForward4<TBlock>,
            TopInverse = &Avx2Kernels.TopInverse4<TBlock>,
            TopForwardDigit = &Avx2Kernels.TopForwardDigit4<TBlock>,
            TopForwardDigits = &Avx2Kernels.TopForwardDigits4<TBlock>,
            TopForwardOwnDigit = &Avx2Kernels.TopForwardOwnDigit4<TBlock>,
            TopForwardOwnDigits = &Avx2Kernels.TopForwardOwnDigits4<TBlock>,
            TopInverseTorus = &Avx2Kernels.TopInverseTorus4<TBlock>,
        };
}
