using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Text.Json.Nodes;
using ConcreteMl.Tfhe;

namespace Benchmarks;

/// <summary>What one core of this machine can do at most, measured: no bootstrap can be faster than its arithmetic and its key's bytes.</summary>
/// <param name="GigaflopsPerSecond">Multiply-adds and additions in equal numbers, which is about the mix of a transform, without any memory.</param>
/// <param name="GigabytesPerSecond">Reading more than the caches hold, in order.</param>
internal sealed record MachineLimits(double GigaflopsPerSecond, double GigabytesPerSecond)
{
    private const int Attempts = 9;
    private const int Rounds = 2_000_000;
    private const int Chains = 8;
    private const long BufferBytes = 512L << 20;

    /// <summary>The best of several attempts, about a second in all.</summary>
    internal static MachineLimits Measure()
    {
        using NativeBuffer<double> buffer = new(BufferBytes / sizeof(double));
        double flops = 0.0;
        double bytes = 0.0;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            flops = Math.Max(flops, 3.0 * Chains * Vector512<double>.Count * Rounds / Seconds(() => Compute(Rounds)));
            bytes = Math.Max(bytes, BufferBytes / Seconds(() => Read(buffer)));
        }
        return new MachineLimits(flops / 1e9, bytes / 1e9);
    }

    /// <summary>
    /// Adds the limits of one bootstrap at <paramref name="set"/> to its row, beside the measured time in milliseconds. An M-point
    /// complex transform counts 5 M log2 M operations (M = N / 2) and a complex multiply-add 8; conversions do not count.
    /// </summary>
    internal void Describe(JsonObject row, ParameterSet set, double bootstrapMs)
    {
        LookupClassParameters lookup = set.Classes[0];
        double points = set.BigKey.PolynomialSize / 2.0;
        double components = set.BigKey.GlweDimension + 1.0;
        double transforms = components * (lookup.Bootstrap.Level + 1.0);
        double products = components * components * lookup.Bootstrap.Level;
        // pairs of mask words share their transforms and have three products
        double transformed = (double)lookup.SmallDimension / lookup.WordsPerStep;
        double multiplied = lookup.WordsPerStep == 1 ? lookup.SmallDimension : 3.0 * transformed;
        double flop = transformed * transforms * 5.0 * points * Math.Log2(points) + multiplied * products * points * 8.0;
        double bytes = multiplied * products * set.BigKey.PolynomialSize * sizeof(double);
        double compute = flop / (GigaflopsPerSecond * 1e6);
        double memory = bytes / (GigabytesPerSecond * 1e6);
        row["bootstrap_mflop"] = flop / 1e6;
        row["bootstrap_key_mb"] = bytes / 1e6;
        row["limit_compute_ms"] = compute;
        row["limit_memory_ms"] = memory;
        row["limit_fraction"] = Math.Max(compute, memory) / bootstrapMs;
    }

    private static double Seconds(Func<double> work)
    {
        long start = Stopwatch.GetTimestamp();
        double result = work();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return double.IsNaN(result) ? double.PositiveInfinity : seconds;
    }

    // Eight chains of each kind hide the latency of either; they stay in registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Compute(int rounds)
    {
        Vector512<double> factor = Vector512.Create(0.999);
        Vector512<double> step = Vector512.Create(0.001);
        Vector512<double> a0 = step,
            a1 = step,
            a2 = step,
            a3 = step,
            a4 = step,
            a5 = step,
            a6 = step,
            a7 = step;
        Vector512<double> b0 = step,
            b1 = step,
            b2 = step,
            b3 = step,
            b4 = step,
            b5 = step,
            b6 = step,
            b7 = step;
        for (int i = 0; i < rounds; i++)
        {
            a0 = Vector512.FusedMultiplyAdd(a0, factor, step);
            b0 += step;
            a1 = Vector512.FusedMultiplyAdd(a1, factor, step);
            b1 += step;
            a2 = Vector512.FusedMultiplyAdd(a2, factor, step);
            b2 += step;
            a3 = Vector512.FusedMultiplyAdd(a3, factor, step);
            b3 += step;
            a4 = Vector512.FusedMultiplyAdd(a4, factor, step);
            b4 += step;
            a5 = Vector512.FusedMultiplyAdd(a5, factor, step);
            b5 += step;
            a6 = Vector512.FusedMultiplyAdd(a6, factor, step);
            b6 += step;
            a7 = Vector512.FusedMultiplyAdd(a7, factor, step);
            b7 += step;
        }
        return Vector512.Sum(a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + b0 + b1 + b2 + b3 + b4 + b5 + b6 + b7);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe double Read(NativeBuffer<double> buffer)
    {
        const int Line = 8;
        const int Ahead = 64 * Line;
        double* at = buffer.Pointer;
        double* end = at + buffer.Length;
        Vector512<double> sum0 = default,
            sum1 = default,
            sum2 = default,
            sum3 = default;
        for (; at < end; at += 4 * Line)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch0(at + Ahead);
                Sse.Prefetch0(at + Ahead + Line);
                Sse.Prefetch0(at + Ahead + 2 * Line);
                Sse.Prefetch0(at + Ahead + 3 * Line);
            }
            sum0 += Vector512.Load(at);
            sum1 += Vector512.Load(at + Line);
            sum2 += Vector512.Load(at + 2 * Line);
            sum3 += Vector512.Load(at + 3 * Line);
        }
        return Vector512.Sum(sum0 + sum1 + sum2 + sum3);
    }
}
