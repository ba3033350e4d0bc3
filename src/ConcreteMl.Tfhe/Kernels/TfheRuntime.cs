using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>What this process computes with.</summary>
public static class TfheRuntime
{
    /// <summary>
    /// The kernels that transforms and bootstraps run on here. Plain C# gives the same results several times more slowly:
    /// an application that meets <see cref="KernelSet.Portable"/> unexpectedly finds the reason beside it.
    /// </summary>
    public static KernelChoice Kernels { get; } = Choose(VectorIsa.Best, RuntimeFeature.IsDynamicCodeCompiled);

    internal static KernelChoice Choose(VectorIsa? isa, bool compilesDynamicCode) =>
        isa switch
        {
            Avx512Isa => new(KernelSet.Avx512, "this CPU has AVX-512 (F and DQ), and kernels are compiled for it as they are first needed"),
            Avx2Isa => new(KernelSet.Avx2, "this CPU has AVX2 and FMA but not AVX-512 (F and DQ), or the run time was told not to use it"),
            _ when compilesDynamicCode => new(KernelSet.Portable, "this CPU has neither AVX-512 (F and DQ) nor AVX2 with FMA"),
            _ => new(
                KernelSet.Portable,
                "vector kernels are compiled as they are first needed, which this process cannot do: it was compiled ahead of time, "
                    + "or its project sets PublishAot, which switches dynamic code off for `dotnet run` too"
            ),
        };
}

/// <summary>An implementation of the transform and of the external product.</summary>
public enum KernelSet
{
    /// <summary>Plain C#, for any CPU.</summary>
    Portable,

    /// <summary>AVX2 with FMA, four doubles a vector.</summary>
    Avx2,

    /// <summary>AVX-512 (F and DQ), eight doubles a vector.</summary>
    Avx512,
}

/// <summary>Which kernels run, and why these.</summary>
/// <param name="Set">The kernels.</param>
/// <param name="Reason">One clause for a log.</param>
public sealed record KernelChoice(KernelSet Set, string Reason);
