using System.Globalization;
using System.Runtime.InteropServices;
using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests;

/// <summary>Native memory of keys and ciphertexts.</summary>
public sealed class NativeBufferTests
{
    private const long Large = 24 << 20;
    private const int Buffers = 8;

    [Test]
    [Platform("Linux")]
    public unsafe void Large_memory_goes_back_to_the_system_when_it_is_freed()
    {
        // a C library that has freed one such block may take the next ones from its heaps
        new NativeBuffer<byte>(Large).Dispose();
        List<nint> addresses = [];
        List<nint> small = [];
        List<NativeBuffer<byte>> buffers = [];
        for (int index = 0; index < Buffers; index++)
        {
            buffers.Add(new NativeBuffer<byte>(Large));
            addresses.Add((nint)buffers[index].Pointer);
            // keeps a heap from being cut at its end
            small.Add((nint)NativeMemory.Alloc(1 << 16));
        }

        Assert.That(addresses.Count(IsMapped), Is.EqualTo(Buffers));
        Assert.That(buffers.TrueForAll(buffer => !buffer.Slice(0, (int)Large).ContainsAnyExcept((byte)0)));
        buffers.ForEach(buffer => buffer.Dispose());
        int kept = addresses.Count(IsMapped);
        small.ForEach(address => NativeMemory.Free((void*)address));
        // another thread may have got an address meanwhile
        Assert.That(kept, Is.LessThan(Buffers / 2));
    }

    private static bool IsMapped(nint address) =>
        File.ReadLines("/proc/self/maps")
            .Select(line => line[..line.IndexOf(' ')].Split('-'))
            .Any(range => Parse(range[0]) <= (ulong)address && (ulong)address < Parse(range[1]));

    private static ulong Parse(string digits) => ulong.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
