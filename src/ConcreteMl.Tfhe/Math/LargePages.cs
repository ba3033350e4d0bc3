using System.Runtime.InteropServices;

namespace ConcreteMl.Tfhe;

/// <summary>
/// Large memory from the kernel itself, backed by huge pages where it has them. The C library would keep what is freed: glibc takes blocks of up to
/// 32 MiB from its heaps once it has freed one of the size, and a server with room for two and a half keys of 70 MB grew from 360 to 640 MB of
/// memory while 200 came and went.
/// </summary>
internal static partial class LargePages
{
    /// <summary>Bytes of a huge page.</summary>
    internal const nuint Size = 2 << 20;

    private const int ReadAndWrite = 0x3;
    private const int PrivateAndAnonymous = 0x22;
    private const int AdviseHugePage = 14;
    private const nint Failed = -1;

    /// <summary>Maps zeroed memory, aligned to huge pages.</summary>
    /// <param name="bytes">How much; a multiple of <see cref="Size"/>.</param>
    /// <returns>Its address; 0 where there is no such call or no memory.</returns>
    internal static nint Map(nuint bytes)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
            return 0;
        try
        {
            nint address = MapMemory(0, bytes + Size, ReadAndWrite, PrivateAndAnonymous, -1, 0);
            if (address == Failed)
                return 0;
            nuint before = (Size - (nuint)address % Size) % Size;
            nint aligned = address + (nint)before;
            if (before > 0)
                Unmap(address, before);
            Unmap(aligned + (nint)bytes, Size - before);
            // a refusal changes speed only
            _ = MemoryAdvise(aligned, bytes, AdviseHugePage);
            return aligned;
        }
        catch (Exception missing) when (missing is DllNotFoundException or EntryPointNotFoundException)
        {
            return 0;
        }
    }

    /// <summary>Gives back what <see cref="Map"/> gave.</summary>
    internal static void Unmap(nint address, nuint bytes) => _ = UnmapMemory(address, bytes);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint MapMemory(nint address, nuint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int UnmapMemory(nint address, nuint bytes);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MemoryAdvise(nint address, nuint bytes, int advice);
}
