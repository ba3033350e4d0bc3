using System.Runtime.Intrinsics.X86;

namespace ConcreteMl.Tfhe;

/// <summary>The second-level cache of a core.</summary>
internal static class SecondLevelCache
{
    private const int IntelLeaf = 4;
    private const int AmdLeaf = unchecked((int)0x8000001D);
    private const int FirstExtendedLeaf = unchecked((int)0x80000000);

    // types and levels are five and three bits; no CPU lists more caches than this
    private const int MostCaches = 8;

    /// <summary>Its bytes as the CPU tells them; 0 where it does not.</summary>
    internal static long Bytes { get; } = X86Base.IsSupported ? Ask() : 0;

    /// <summary>
    /// Bytes of a cache by the registers that describe it (CPUID leaf 4 of Intel's manual, 8000001D of AMD's), if it is one of the second level
    /// that holds data; 0 otherwise.
    /// </summary>
    internal static long BytesOf(int a, int b, int c)
    {
        int type = a & 0x1F;
        int level = (a >> 5) & 0x7;
        bool holdsData = type is 1 or 3;
        if (level != 2 || !holdsData)
            return 0;
        long ways = ((uint)b >> 22) + 1;
        long partitions = ((b >> 12) & 0x3FF) + 1;
        long line = (b & 0xFFF) + 1;
        return ways * partitions * line * ((uint)c + 1L);
    }

    private static long Ask()
    {
        int leaf = KeyFetching.Vendor() == KeyFetching.Amd ? AmdLeaf : IntelLeaf;
        (int most, _, _, _) = X86Base.CpuId(leaf < 0 ? FirstExtendedLeaf : 0, 0);
        if ((uint)most < (uint)leaf)
            return 0;
        return Enumerable
            .Range(0, MostCaches)
            .Max(index =>
            {
                (int a, int b, int c, _) = X86Base.CpuId(leaf, index);
                return BytesOf(a, b, c);
            });
    }
}
