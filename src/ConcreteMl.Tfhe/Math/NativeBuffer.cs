using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ConcreteMl.Tfhe;

/// <summary>Native memory aligned to cache lines (large ones to 2 MiB); freed on dispose, and wiped first when it held secrets.</summary>
internal sealed unsafe class NativeBuffer<T> : IDisposable
    where T : unmanaged
{
    private const nuint Line = 64;
    private const nuint HugePage = 2 << 20;
    private readonly bool _secret;
    private nint _address;

    /// <summary>Allocates <paramref name="length"/> elements, zeroed unless the owner overwrites all of them; a secret buffer is wiped when freed.</summary>
    internal NativeBuffer(long length, bool secret = false, bool zeroed = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        _secret = secret;
        nuint bytes = checked((nuint)length * (nuint)sizeof(T));
        nuint alignment = bytes >= 4 * HugePage ? HugePage : Line;
        nuint rounded = (Math.Max(bytes, 1) + alignment - 1) / alignment * alignment;
        _address = (nint)NativeMemory.AlignedAlloc(rounded, alignment);
        if (alignment == HugePage)
            LargePages.Advise(_address, rounded);
        if (zeroed)
            NativeMemory.Clear((void*)_address, rounded);
        GC.AddMemoryPressure((long)rounded);
        ByteCount = rounded;
    }

    /// <summary>Frees what was not disposed.</summary>
    ~NativeBuffer() => Free();

    /// <summary>Number of elements.</summary>
    internal long Length { get; }

    /// <summary>First element.</summary>
    internal T* Pointer
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            ObjectDisposedException.ThrowIf(_address == 0, this);
            return (T*)_address;
        }
    }

    private nuint ByteCount { get; }

    /// <summary>A window of <paramref name="count"/> elements from <paramref name="start"/>.</summary>
    internal Span<T> Slice(long start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + count, Length);
        return new Span<T>(Pointer + start, count);
    }

    /// <summary>Wipes secret contents and frees the memory.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        nint address = Interlocked.Exchange(ref _address, 0);
        if (address == 0)
            return;
        if (_secret)
            Wipe(address);
        NativeMemory.AlignedFree((void*)address);
        GC.RemoveMemoryPressure((long)ByteCount);
    }

    private void Wipe(nint address)
    {
        const int chunk = 1 << 30;
        for (nuint start = 0; start < ByteCount; start += chunk)
        {
            int size = (int)Math.Min(chunk, ByteCount - start);
            CryptographicOperations.ZeroMemory(new Span<byte>((byte*)address + start, size));
        }
    }
}
