using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ConcreteMl.Tfhe;

/// <summary>
/// A uniform binary secret key in native memory, one word per bit: all ones for 1, so that inner products mask instead
/// of branching. Wiped on dispose.
/// </summary>
internal sealed unsafe class BinarySecret : IDisposable
{
    private readonly NativeBuffer<ulong> _masks;

    private BinarySecret(int dimension)
    {
        Dimension = dimension;
        _masks = new NativeBuffer<ulong>(dimension, secret: true);
    }

    /// <summary>Number of key bits.</summary>
    internal int Dimension { get; }

    /// <summary>One mask per key bit: zero or all ones.</summary>
    internal ReadOnlySpan<ulong> Masks => _masks.Slice(0, Dimension);

    /// <summary>Draws a key from <paramref name="generator"/>, one byte per bit.</summary>
    internal static BinarySecret Generate(int dimension, AesCounterGenerator generator, ulong stream)
    {
        BinarySecret secret = new(dimension);
        using NativeBuffer<byte> random = new(dimension, secret: true);
        generator.Fill(stream, 0, random.Slice(0, dimension));
        for (int i = 0; i < dimension; i++)
            secret._masks.Pointer[i] = 0UL - (random.Pointer[i] & 1UL);
        return secret;
    }

    /// <summary>Reads a key from bits packed eight to a byte, lowest first.</summary>
    internal static BinarySecret Unpack(int dimension, ReadOnlySpan<byte> packed)
    {
        BinarySecret secret = new(dimension);
        for (int i = 0; i < dimension; i++)
            secret._masks.Pointer[i] = 0UL - ((ulong)(packed[i >> 3] >> (i & 7)) & 1UL);
        return secret;
    }

    /// <summary>A key of its own of the first <paramref name="dimension"/> bits.</summary>
    internal BinarySecret Start(int dimension)
    {
        BinarySecret start = new(dimension);
        Masks[..dimension].CopyTo(start._masks.Slice(0, dimension));
        return start;
    }

    /// <summary>Whether <paramref name="start"/> is the start of this key; takes as long whether it is or not.</summary>
    internal bool BeginsWith(BinarySecret start) =>
        start.Dimension <= Dimension
        && CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(Masks[..start.Dimension]), MemoryMarshal.AsBytes(start.Masks));

    /// <summary>Packs the key eight bits to a byte; the caller wipes <paramref name="packed"/>.</summary>
    internal void Pack(Span<byte> packed)
    {
        packed.Clear();
        for (int i = 0; i < Dimension; i++)
            packed[i >> 3] |= (byte)((_masks.Pointer[i] & 1) << (i & 7));
    }

    /// <summary>Inner product of the key with <paramref name="words"/> modulo 2^64.</summary>
    internal ulong InnerProduct(ReadOnlySpan<ulong> words) => InnerProduct(words, Masks);

    /// <summary>The same of as many key bits as there are words, from bit <paramref name="start"/> on.</summary>
    internal ulong InnerProduct(ReadOnlySpan<ulong> words, int start) => InnerProduct(words, Masks.Slice(start, words.Length));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ulong InnerProduct(ReadOnlySpan<ulong> words, ReadOnlySpan<ulong> masks)
    {
        Vector<ulong> sums = Vector<ulong>.Zero;
        int i = 0;
        for (; i <= masks.Length - Vector<ulong>.Count; i += Vector<ulong>.Count)
            sums += new Vector<ulong>(words[i..]) & new Vector<ulong>(masks[i..]);
        ulong total = Vector.Sum(sums);
        for (; i < masks.Length; i++)
            total += words[i] & masks[i];
        return total;
    }

    /// <summary>Inner product of the key with 32-bit <paramref name="words"/> modulo 2^32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal uint InnerProduct(ReadOnlySpan<uint> words)
    {
        ReadOnlySpan<ulong> masks = Masks;
        uint total = 0;
        for (int i = 0; i < masks.Length; i++)
            total += words[i] & (uint)masks[i];
        return total;
    }

    /// <summary>Wipes the key.</summary>
    public void Dispose() => _masks.Dispose();
}
