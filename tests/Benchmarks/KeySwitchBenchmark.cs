using System.Diagnostics;
using System.Text.Json.Nodes;
using ConcreteMl.Tfhe;

namespace Benchmarks;

/// <summary>
/// The key switch by inner products beside the one in the Fourier domain, at the parameters that the optimizer chooses with each: time alone
/// and in batches of eight, which key they take, and measured against predicted variance. Prints one JSON object.
/// </summary>
internal static unsafe class KeySwitchBenchmark
{
    private const int Batch = 8;
    private const int Samples = 500;
    private const double BudgetMs = 300.0;

    private static readonly (int K, int N, int Dimension, GadgetDecomposition Gadget, int Ring)[] Subjects =
    [
        (3, 512, 762, new(4, 3), 0),
        (3, 512, 720, new(1, 15), 1024),
        (1, 2048, 864, new(4, 4), 0),
        (1, 2048, 864, new(3, 5), 1024),
        (1, 2048, 820, new(1, 17), 1024),
        (1, 2048, 1020, new(1, 20), 1024),
        (1, 2048, 1020, new(1, 20), 2048),
        (1, 8192, 1006, new(3, 7), 0),
        (1, 8192, 960, new(1, 21), 1024),
        (1, 8192, 1100, new(1, 22), 2048),
    ];

    /// <summary>Runs with the option --keys.</summary>
    internal static int Run(BenchOptions options)
    {
        int keys = options.Count("--keys", 20);
        JsonArray rows = [];
        foreach ((int k, int size, int dimension, GadgetDecomposition gadget, int ring) in Subjects)
        {
            SecurityCurve curve = SecurityCurve.Bits132;
            BigKeyParameters big = new(k, size, curve.StandardDeviation(k * size));
            LookupClassParameters lookup = new(dimension, curve.StandardDeviation(dimension), gadget, new(23, 1), 0, KeySwitchRing: ring);
            rows.Add(Measure(new ParameterSet(curve, big, [lookup]), keys));
        }
        Console.WriteLine(new JsonObject { ["key_switches"] = rows }.ToJsonString());
        return 0;
    }

    private static JsonObject Measure(ParameterSet parameters, int keys)
    {
        LookupClassParameters lookup = parameters.Classes[0];
        Moments noise = new();
        double single = 0.0;
        double batch = 0.0;
        long bytes = 0;
        for (int i = 0; i < keys; i++)
        {
            using ClientKey client = ClientKey.Generate(parameters, SeedSource.OperatingSystem);
            using KeyRandomness random = new(SeedSource.OperatingSystem);
            using FreshClassKey fresh = new(client, 0, random);
            using IKeySwitchKey key = Expand(fresh, random);
            using NativeBuffer<ulong> inputs = new((long)Samples * parameters.BigKey.LweSize);
            client.EncryptSeeded(new ulong[Samples]).Expand(inputs.Slice(0, (int)inputs.Length));
            using NativeBuffer<ulong> outputs = new((long)Samples * (lookup.SmallDimension + 1));
            AddErrors(client, key, inputs, outputs, noise);
            if (i > 0)
                continue;
            single = Time(key, inputs, outputs, parameters, 1);
            batch = Time(key, inputs, outputs, parameters, Batch) / Batch;
            bytes = key.ByteCount;
        }
        return new JsonObject
        {
            ["k"] = parameters.BigKey.GlweDimension,
            ["N"] = parameters.BigKey.PolynomialSize,
            ["n"] = lookup.SmallDimension,
            ["ring"] = lookup.KeySwitchRing,
            ["base_log"] = lookup.KeySwitch.BaseLog,
            ["levels"] = lookup.KeySwitch.Level,
            ["single_us"] = single,
            ["batch_us"] = batch,
            ["key_bytes"] = bytes,
            ["measured_to_predicted"] = noise.Variance / NoiseModel.Measured.KeySwitchVariance(parameters.BigKey, lookup),
        };
    }

    private static IKeySwitchKey Expand(FreshClassKey fresh, KeyRandomness random)
    {
        IKeySwitchKey key = fresh.Lookup.UsesFourierKeySwitch
            ? new FourierKeySwitchKey(fresh.Big, fresh.Lookup, FourierBackend.CreateTransform(fresh.Lookup.KeySwitchRing))
            : new KeySwitchKey(fresh.Big.LweDimension, fresh.Lookup.KeySwitchShape);
        Parallel.For(
            0,
            fresh.Lookup.KeySwitchElements(fresh.Big),
            index => key.Store(index, fresh.WriteKeySwitchRow, random.Masks, KeyStream.KeySwitch(fresh.Lookup, 0, index))
        );
        return key;
    }

    private static void AddErrors(
        ClientKey client,
        IKeySwitchKey key,
        NativeBuffer<ulong> inputs,
        NativeBuffer<ulong> outputs,
        Moments noise
    )
    {
        int n = client.Parameters.Classes[0].SmallDimension;
        ulong[] before = new ulong[Samples];
        client.DecryptPhases(inputs.Slice(0, (int)inputs.Length), before);
        using IKeySwitcher switcher = key.Open(Samples);
        switcher.Switch(inputs.Pointer, Samples, outputs.Pointer);
        for (int i = 0; i < Samples; i++)
        {
            Span<ulong> one = outputs.Slice((long)i * (n + 1), n + 1);
            noise.Add(Torus.ToDouble(one[n] - client.Small[0].InnerProduct(one[..n]) - before[i]));
        }
    }

    /// <summary>Median microseconds of switching this many ciphertexts at once.</summary>
    private static double Time(
        IKeySwitchKey key,
        NativeBuffer<ulong> inputs,
        NativeBuffer<ulong> outputs,
        ParameterSet parameters,
        int count
    )
    {
        using IKeySwitcher switcher = key.Open(count);
        List<double> times = [];
        long begin = Stopwatch.GetTimestamp();
        for (
            int first = 0;
            times.Count < 8 || Stopwatch.GetElapsedTime(begin).TotalMilliseconds < BudgetMs;
            first = (first + count) % Samples
        )
        {
            int place = Math.Min(first, Samples - count);
            long start = Stopwatch.GetTimestamp();
            switcher.Switch(inputs.Pointer + (long)place * parameters.BigKey.LweSize, count, outputs.Pointer);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }
        return times.Median();
    }
}
