using System.Runtime.Intrinsics.X86;

namespace ConcreteMl.Tfhe;

/// <summary>AVX-512 (F and DQ): eight doubles a vector, 32 registers.</summary>
internal sealed unsafe class Avx512Isa : VectorIsa
{
    private Avx512Isa() { }

    internal static Avx512Isa Instance { get; } = new();

    internal static bool IsSupported => Avx512F.IsSupported && Avx512DQ.IsSupported;

    internal override KernelSet Set => KernelSet.Avx512;
    internal override int Lanes => 8;
    internal override int LargestRadix => 8;
    internal override bool SignedFirstDigit => true;
    internal override int PrefetchBytes => 256;
    internal override delegate* <nint, nint, nint, void> InverseLeaves => &Avx512Kernels.InverseLeaves;

    internal override delegate* <nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, void> MultiplyPairLeaves =>
        &Avx512Kernels.MultiplyPairLeaves;

    internal override delegate* <nint, nint, nint, nint, void> MultiplyAdd => &Avx512Kernels.MultiplyAdd;

    /// <inheritdoc/>
    internal override delegate* <nint, nint, nint, nint, nint, nint, void> ForwardLeaves(KeyFetch fetch) =>
        fetch switch
        {
            KeyFetch.Streaming => &Avx512Kernels.ForwardLeaves<FetchStreaming>,
            KeyFetch.All => &Avx512Kernels.ForwardLeaves<FetchAll>,
            _ => &Avx512Kernels.ForwardLeaves<FetchSecond>,
        };

    /// <inheritdoc/>
    internal override delegate* <nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, void> MultiplyInverseLeaves(KeyFetch fetch) =>
        fetch switch
        {
            KeyFetch.Streaming => &Avx512Kernels.MultiplyInverseLeaves<FetchStreaming>,
            KeyFetch.All => &Avx512Kernels.MultiplyInverseLeaves<FetchAll>,
            _ => &Avx512Kernels.MultiplyInverseLeaves<FetchSecond>,
        };

    /// <inheritdoc/>
    internal override delegate* <nint, nint, nint, nint, void> Middle(int radix, bool forward) =>
        (radix, forward) switch
        {
            (4, true) => &Avx512Kernels.ForwardMiddle4,
            (4, false) => &Avx512Kernels.InverseMiddle4,
            (8, true) => &Avx512Kernels.ForwardMiddle8,
            (8, false) => &Avx512Kernels.InverseMiddle8,
            _ => throw NoKernels(radix, 0),
        };

    /// <inheritdoc/>
    internal override KernelTable Top(int radix, int blockPoints) =>
        (radix, blockPoints) switch
        {
            (2, 64) => Top2<Block64>(),
            (2, 256) => Top2<Block256>(),
            (4, 64) => Top4<Block64>(),
            (4, 256) => Top4<Block256>(),
            (4, 1024) => Top4<Block1024>(),
            (4, 2048) => Top4<Block2048>(),
            (4, 4096) => Top4<Block4096>(),
            (8, 256) => Top8<Block256>(),
            (8, 4096) => Top8<Block4096>(),
            _ => throw NoKernels(radix, blockPoints),
        };

    private static KernelTable Top2<TBlock>()
        where TBlock : struct, IBlockSize =>
        new()
        {
            TopForward = &Avx512Kernels.TopForward2<TBlock>,
            TopInverse = &Avx512Kernels.TopInverse2<TBlock>,
            TopForwardDigit = &Avx512Kernels.TopForwardDigit2<TBlock>,
            TopForwardDigits = &Avx512Kernels.TopForwardDigits2<TBlock>,
            TopForwardOwnDigit = &Avx512Kernels.TopForwardOwnDigit2<TBlock>,
            TopForwardOwnDigits = &Avx512Kernels.TopForwardOwnDigits2<TBlock>,
            TopInverseTorus = &Avx512Kernels.TopInverseTorus2<TBlock>,
        };

    private static KernelTable Top4<TBlock>()
        where TBlock : struct, IBlockSize =>
        new()
        {
            TopForward = &Avx512Kernels.TopForward4<TBlock>,
            TopInverse = &Avx512Kernels.TopInverse4<TBlock>,
            TopForwardDigit = &Avx512Kernels.TopForwardDigit4<TBlock>,
            TopForwardDigits = &Avx512Kernels.TopForwardDigits4<TBlock>,
            TopForwardOwnDigit = &Avx512Kernels.TopForwardOwnDigit4<TBlock>,
            TopForwardOwnDigits = &Avx512Kernels.TopForwardOwnDigits4<TBlock>,
            TopInverseTorus = &Avx512Kernels.TopInverseTorus4<TBlock>,
        };

    private static KernelTable Top8<TBlock>()
        where TBlock : struct, IBlockSize =>
        new()
        {
            TopForward = &Avx512Kernels.TopForward8<TBlock>,
            TopInverse = &Avx512Kernels.TopInverse8<TBlock>,
            TopForwardDigit = &Avx512Kernels.TopForwardDigit8<TBlock>,
            TopForwardDigits = &Avx512Kernels.TopForwardDigits8<TBlock>,
            TopForwardOwnDigit = &Avx512Kernels.TopForwardOwnDigit8<TBlock>,
            TopForwardOwnDigits = &Avx512Kernels.TopForwardOwnDigits8<TBlock>,
            TopInverseTorus = &Avx512Kernels.TopInverseTorus8<TBlock>,
        };
}
