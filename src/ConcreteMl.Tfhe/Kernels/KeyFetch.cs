using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace ConcreteMl.Tfhe;

/// <summary>Into which caches key lines are fetched ahead.</summary>
internal enum KeyFetch
{
    /// <summary>Into the first-level cache alone, where the CPU can do that: lines that are used once push nothing out of the second.</summary>
    Streaming,

    /// <summary>Into the first-level cache and those below.</summary>
    All,

    /// <summary>Into the second-level cache and those below, for several ciphertexts.</summary>
    Second,
}

/// <summary>Which way suits this CPU.</summary>
internal static class KeyFetching
{
    /// <summary>The name that AMD's CPUs give.</summary>
    internal const string Amd = "AuthenticAMD";

    // Zen 5; Zen 3 and 4 are 0x19, older ones less
    private const int Zen5 = 0x1A;

    /// <summary>How a key that streams through is fetched here.</summary>
    internal static KeyFetch Here { get; } = X86Base.IsSupported ? Of(Vendor(), Family()) : KeyFetch.All;

    /// <summary>
    /// How a key that streams through is fetched on a CPU of <paramref name="vendor"/> and <paramref name="family"/>. On AMD's Zen 5 streaming was
    /// measured and kept (a key far ahead in all caches pushed digits out of them, and N = 4096 took 1.4 times as long). On Zen 4 the first-level cache
    /// waits for too few lines at a time to hide memory behind arithmetic: lines in the second one are 1.2 to 1.45 times as fast. On Intel's a streamed
    /// line that leaves the first-level cache seems to be gone, so that every ciphertext of a batch waits for it again: there lines in all caches are
    /// 1.2 to 2.4 times as fast (Emerald Rapids). CPUs of others are taken as the latter: a fetch into all caches is the one that every CPU knows.
    /// docs/performance.md has the tables.
    /// </summary>
    internal static KeyFetch Of(string vendor, int family) =>
        vendor != Amd ? KeyFetch.All
        : family < Zen5 ? KeyFetch.Second
        : KeyFetch.Streaming;

    /// <summary>
    /// Doubles of key that are fetched before they are used. The forward passes of a sub-block run ahead by half of its key; so much more hides
    /// the memory's latency, and still fits the cache that lines go to beside the sub-block. In the second-level cache 24 kB instead of 6 take .92 of the
    /// time at N = 16384, and as long below (Zen 4).
    /// </summary>
    internal static long DoublesAhead(KeyFetch fetch) => fetch == KeyFetch.Second ? 3072 : 768;

    /// <summary>The CPU's family, the extended one included; only where <see cref="X86Base.IsSupported"/>.</summary>
    internal static int Family()
    {
        (int signature, _, _, _) = X86Base.CpuId(1, 0);
        int family = (signature >> 8) & 0xF;
        return family == 0xF ? family + ((signature >> 20) & 0xFF) : family;
    }

    /// <summary>The vendor's name as this CPU gives it; only where <see cref="X86Base.IsSupported"/>.</summary>
    internal static string Vendor()
    {
        (_, int b, int c, int d) = X86Base.CpuId(0, 0);
        return Encoding.ASCII.GetString([.. BitConverter.GetBytes(b), .. BitConverter.GetBytes(d), .. BitConverter.GetBytes(c)]);
    }
}

/// <summary>A way of fetching as a constant of a type: kernels that fetch take it, and compilers put the instruction in.</summary>
internal interface IKeyFetch
{
    /// <summary>Fetches the cache line at an address, which need not exist.</summary>
    static abstract void Line(nint address);
}

/// <summary><see cref="KeyFetch.Streaming"/>.</summary>
internal readonly unsafe struct FetchStreaming : IKeyFetch
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(nint address) => Sse.PrefetchNonTemporal((void*)address);
}

/// <summary><see cref="KeyFetch.All"/>.</summary>
internal readonly unsafe struct FetchAll : IKeyFetch
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(nint address) => Sse.Prefetch0((void*)address);
}

/// <summary><see cref="KeyFetch.Second"/>.</summary>
internal readonly unsafe struct FetchSecond : IKeyFetch
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(nint address) => Sse.Prefetch1((void*)address);
}
