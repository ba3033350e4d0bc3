using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace ConcreteMl.Tfhe;

/// <summary>
/// Rounded Gaussian torus words by the Box-Muller transform: constant work per sample, no rejection. The radius takes
/// 53 random bits and reaches 8.57 standard deviations; the angle takes 53 others.
/// </summary>
internal static unsafe class GaussianSampler
{
    private const int Lanes = 8;
    private const int Chunk = 512;
    private const double Modulus = 18446744073709551616.0;

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
        Vector512<double> unit = Vector512.Create(1.0 / (1L << 53));
        for (int i = 0; i < count; i += 2 * Lanes)
        {
            Vector512<ulong> first = Vector512.Load(words + i) >>> 11;
            Vector512<ulong> second = Vector512.Load(words + i + Lanes) >>> 11;
            // (0, 1], so that the logarithm is finite
            Vector512<double> uniform = Vector512.ConvertToDouble(first + Vector512<ulong>.One) * unit;
            Vector512<double> angle = Vector512.ConvertToDouble(second) * (unit * (2.0 * Math.PI));
            Vector512<double> radius = Vector512.Sqrt(Vector512.Log(uniform) * -2.0) * scale;
            (Vector512<double> sine, Vector512<double> cosine) = Vector512.SinCos(angle);
            Round(radius * cosine).Store((long*)words + i);
            Round(radius * sine).Store((long*)words + i + Lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<long> Round(Vector512<double> value) => Vector512.ConvertToInt64(Vector512.Round(value));
}
