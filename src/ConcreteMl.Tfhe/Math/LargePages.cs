using System.Runtime.InteropServices;

namespace ConcreteMl.Tfhe;

/// <summary>Asks the kernel to back large key memory with huge pages; a refusal changes speed only.</summary>
internal static partial class LargePages
{
    private const int AdviseHugePage = 14;

    /// <summary>Advises for <paramref name="bytes"/> from <paramref name="address"/>; does nothing where there is no such call.</summary>
    internal static void Advise(nint address, nuint bytes)
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = MemoryAdvise(address, bytes, AdviseHugePage);
        }
        catch (Exception missing) when (missing is DllNotFoundException or EntryPointNotFoundException)
        {
            // a C library without madvise: ordinary pages do
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MemoryAdvise(nint address, nuint bytes, int advice);
}
