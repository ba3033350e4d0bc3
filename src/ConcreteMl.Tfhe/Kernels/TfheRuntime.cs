using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace ConcreteMl.Tfhe;

/// <summary>What this process computes with.</summary>
public static class TfheRuntime
{
    /// <summary>
    /// The kernels that transforms and bootstraps run on here. Plain C# gives the same results several times more slowly:
    /// an application that meets <see cref="KernelSet.Portable"/> unexpectedly finds the reason beside it.
    /// </summary>
    public static KernelChoice Kernels { get; } =
        Choose(
            VectorIsa.Best?.Set ?? KernelSet.Portable,
            OfCpu(),
            RuntimeInformation.ProcessArchitecture,
            RuntimeFeature.IsDynamicCodeCompiled
        );

    /// <summary>
    /// Says why <paramref name="runs"/> runs on a CPU that has <paramref name="cpu"/>: where less runs than the CPU has, either the
    /// application was compiled ahead of time for less, or the run time was told to use less.
    /// </summary>
    internal static KernelChoice Choose(KernelSet runs, KernelSet cpu, Architecture architecture, bool compilesDynamicCode)
    {
        string has = cpu switch
        {
            KernelSet.Avx512 => "this CPU has AVX-512 (F and DQ)",
            KernelSet.Avx2 => "this CPU has AVX2 and FMA but not AVX-512 (F and DQ)",
            _ when architecture is Architecture.X64 or Architecture.X86 => "this CPU has neither AVX-512 (F and DQ) nor AVX2 with FMA",
            _ => $"vector kernels are written for x64, and this process runs on {architecture}",
        };
        if (runs == cpu)
            return new(runs, has);
        string level = cpu == KernelSet.Avx512 ? "x86-64-v4" : "x86-64-v3";
        return new(
            runs,
            compilesDynamicCode
                ? $"{has}, but the run time was told not to use it"
                : $"{has}, but this application was compiled ahead of time for less: with IlcInstructionSet {level} in its project it "
                    + "runs faster, on such CPUs only"
        );
    }

    /// <summary>What the CPU says that it has, whatever this process was compiled for.</summary>
    private static KernelSet OfCpu()
    {
        const int fma = 1 << 12;
        const int avx2 = 1 << 5;
        const int avx512 = (1 << 16) | (1 << 17);
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < 7)
            return KernelSet.Portable;
        (_, int extended, _, _) = X86Base.CpuId(7, 0);
        bool hasFma = (X86Base.CpuId(1, 0).Ecx & fma) != 0;
        return (extended & avx512) == avx512 ? KernelSet.Avx512
            : hasFma && (extended & avx2) != 0 ? KernelSet.Avx2
            : KernelSet.Portable;
    }
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
