using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ConcreteMl.Tfhe;

/// <summary>Native memory aligned to cache lines (large ones to 2 MiB); freed on dispose, and wiped first when it held secrets.</summary>
internal sealed unsafe class NativeBuffer<T> : IDisposable
    where T : unmanaged
{
    private const nuint Line = 64;

    // Below, a mapping of its own would cost more than it saves: the kernel clears pages one by one when they are touched first.
    private const nuint LeastMapped = 4 * LargePages.Size;
    private readonly bool _secret;
    private readonly bool _mapped;
    private nint _address;

    /// <summary>Allocates <paramref name="length"/> elements, zeroed unless the owner overwrites all of them; a secret buffer is wiped when freed.</summary>
    internal NativeBuffer(long length, bool secret = false, bool zeroed = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        _secret = secret;
        nuint bytes = checked((nuint)length * (nuint)sizeof(T));
        nuint alignment = bytes >= LeastMapped ? LargePages.Size : Line;
        ByteCount = (Math.Max(bytes, 1) + alignment - 1) / alignment * alignment;
        _address = bytes >= LeastMapped ? LargePages.Map(ByteCount) : 0;
        _mapped = _address != 0;
        if (!_mapped)
        {
            _address = (nint)NativeMemory.AlignedAlloc(ByteCount, alignment);
            if (zeroed)
                NativeMemory.Clear((void*)_address, ByteCount);
        }

        GC.AddMemoryPressure((long)ByteCount);
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
        if (_mapped)
            LargePages.Unmap(address, ByteCount);
        else
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
