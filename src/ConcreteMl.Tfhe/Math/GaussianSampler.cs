using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace ConcreteMl.Tfhe;

/// <summary>
/// Rounded Gaussian torus words by the Box-Muller transform: constant work per sample, no rejection. The radius takes
/// 53 random bits and reaches 8.57 standard deviations; the angle takes 53 others. The eleven bits that each leaves over round the
/// result at random and fill the bits below a double's 53, so that the lowest bit of the noise is as likely 1 as 0; rounding to even
/// would prefer 0.
/// </summary>
internal static unsafe class GaussianSampler
{
    private const int Lanes = 8;
    private const int Chunk = 512;
    private const double Modulus = 18446744073709551616.0;

    // Bits of each uniform word that the transform does not use.
    private const int Spare = 11;

    // At this deviation values of up to nine deviations leave at least two bits of fraction in a double, which the random rounding
    // reads; noise of a larger deviation is drawn on a coarser grid, and its low bits are filled.
    private const int MostGridBits = 46;

    /// <summary>
    /// Adds noise of <paramref name="standardDeviation"/> (torus) to every word, from its own stream of a secret
    /// generator. The words consumed depend on the length only.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Add(AesCounterGenerator secret, ulong stream, double standardDeviation, Span<ulong> words)
    {
        if (standardDeviation == 0.0)
            return;
        Span<ulong> random = stackalloc ulong[Chunk];
        double scale = standardDeviation * Modulus;
        ulong block = 0;
        while (words.Length > 0)
        {
            int count = Math.Min(Chunk, words.Length);
            int drawn = (count + 2 * Lanes - 1) / (2 * Lanes) * (2 * Lanes);
            secret.Fill(stream, block, random[..drawn]);
            block += (ulong)drawn / 2;
            fixed (ulong* noise = random)
            {
                Transform(noise, drawn, scale);
                for (int i = 0; i < count; i++)
                    words[i] += noise[i];
            }
            words = words[count..];
        }
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(random));
    }

    /// <summary>The transform alone, on a multiple of sixteen uniform words; <paramref name="scale"/> is the deviation in units.</summary>
    internal static void Transform(Span<ulong> words, double scale)
    {
        fixed (ulong* start = words)
            Transform(start, words.Length, scale);
    }

    /// <summary>Turns 2 * Lanes uniform words at a time into as many signed integers of standard deviation <paramref name="scale"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transform(ulong* words, int count, double scale)
    {
        // at least two spare bits are left for rounding
        int filled = Math.Clamp((int)Math.Ceiling(Math.Log2(scale)) - MostGridBits, 0, Spare - 2);
        scale = Math.ScaleB(scale, -filled);
        Vector512<double> unit = Vector512.Create(1.0 / (1L << 53));
        for (int i = 0; i < count; i += 2 * Lanes)
        {
            Vector512<ulong> first = Vector512.Load(words + i);
            Vector512<ulong> second = Vector512.Load(words + i + Lanes);
            // (0, 1], so that the logarithm is finite
            Vector512<double> uniform = Vector512.ConvertToDouble((first >>> Spare) + Vector512<ulong>.One) * unit;
            Vector512<double> angle = Vector512.ConvertToDouble(second >>> Spare) * (unit * (2.0 * Math.PI));
            Vector512<double> radius = Vector512.Sqrt(Vector512.Log(uniform) * -2.0) * scale;
            (Vector512<double> sine, Vector512<double> cosine) = Vector512.SinCos(angle);
            Round(radius * cosine, first, filled).Store((long*)words + i);
            Round(radius * sine, second, filled).Store((long*)words + i + Lanes);
        }
    }

    /// <summary>
    /// Up with the fraction's probability and down otherwise, then <paramref name="filled"/> random bits below; both from the spare
    /// bits of <paramref name="word"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<long> Round(Vector512<double> value, Vector512<ulong> word, int filled)
    {
        Vector512<ulong> spare = word & Vector512.Create((1UL << Spare) - 1);
        // the middles of 2^(Spare - filled) equal parts of (0, 1)
        double part = 1.0 / (1 << (Spare - filled));
        Vector512<double> level = Vector512.ConvertToDouble(spare >>> filled) * part + Vector512.Create(0.5 * part);
        Vector512<double> floor = Vector512.Floor(value);
        // true is -1
        Vector512<long> up = Vector512.GreaterThan(value - floor, level).AsInt64();
        Vector512<long> low = (spare & Vector512.Create((1UL << filled) - 1)).AsInt64() - Vector512.Create((1L << filled) >> 1);
        return ((Vector512.ConvertToInt64(floor) - up) << filled) + low;
    }
}
