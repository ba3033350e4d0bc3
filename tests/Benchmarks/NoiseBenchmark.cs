using System.Text.Json.Nodes;
using ConcreteMl.Tfhe;

namespace Benchmarks;

/// <summary>
/// Measured against predicted torus variance of each operation, over many keys: one key alone shifts the rounding term by
/// its Hamming weight. Prints one JSON object.
/// </summary>
internal static unsafe class NoiseBenchmark
{
    private const int Keys = 20;
    private const int CiphertextsPerKey = 500;

    // errors of one rotation's coefficients hang together: half of their variance is that of a few slow waves
    private const int RotationsPerKey = 50;
    private const ulong Constant = 1UL << 61;

    /// <summary>Runs with the options --sets and --keys.</summary>
    internal static int Run(BenchOptions options)
    {
        int keys = options.Count("--keys", Keys);
        JsonArray rows = [];
        foreach (PeerSet set in PeerSet.Parse(options.Text("--sets") ?? "1_1,2_1,2_2,5_0"))
            MeasureSet(set, keys, rows);
        Console.WriteLine(new JsonObject { ["operations"] = rows }.ToJsonString());
        return 0;
    }

    private static void MeasureSet(PeerSet set, int keys, JsonArray rows)
    {
        ParameterSet parameters = set.Parameters();
        Moments keySwitch = new();
        Moments modulusSwitch = new();
        Moments rotation = new();
        for (int i = 0; i < keys; i++)
        {
            using ClientKey client = ClientKey.Generate(parameters, SeedSource.OperatingSystem);
            using EvaluationKey evaluation = KeyGenerator.CreateEvaluationKey(client);
            MeasureSwitches(client, evaluation.Classes[0], keySwitch, modulusSwitch);
            MeasureRotation(client, evaluation.Classes[0], rotation);
        }
        LookupClassParameters lookup = parameters.Classes[0];
        double Golden(Func<NoiseModel, double> formula) => formula(NoiseModel.Golden);
        double Ours(Func<NoiseModel, double> formula) => formula(NoiseModel.Measured);
        void Add(string operation, Moments measured, Func<NoiseModel, double> formula) =>
            rows.Add(
                new JsonObject
                {
                    ["operation"] = operation,
                    ["set"] = set.Name,
                    ["keys"] = keys,
                    ["samples"] = measured.Count,
                    ["measured"] = measured.Variance,
                    ["golden"] = Golden(formula),
                    ["measured_to_golden"] = measured.Variance / Golden(formula),
                    ["ours"] = Ours(formula),
                    ["measured_to_ours"] = measured.Variance / Ours(formula),
                }
            );
        Add("key_switch", keySwitch, model => model.KeySwitchVariance(parameters.BigKey, lookup));
        Add("modulus_switch", modulusSwitch, model => model.ModulusSwitchVariance(parameters.BigKey, lookup));
        Add("blind_rotation", rotation, model => model.BlindRotationVariance(parameters.BigKey, lookup));
    }

    private static void MeasureSwitches(ClientKey client, LookupClassKey key, Moments keySwitch, Moments modulusSwitch)
    {
        int size = key.Big.LweSize;
        int n = key.Lookup.SmallDimension;
        int logModulus = CenteredModulusSwitch.LogModulus(key.Big, key.Lookup);
        using NativeBuffer<ulong> inputs = new((long)CiphertextsPerKey * size);
        client.EncryptSeeded(new ulong[CiphertextsPerKey]).Expand(inputs.Slice(0, CiphertextsPerKey * size));
        ulong[] before = new ulong[CiphertextsPerKey];
        client.DecryptPhases(inputs.Slice(0, CiphertextsPerKey * size), before);
        using NativeBuffer<ulong> outputs = new((long)CiphertextsPerKey * (n + 1));
        using IKeySwitcher switcher = key.KeySwitch.Open(CiphertextsPerKey);
        switcher.Switch(inputs.Pointer, CiphertextsPerKey, outputs.Pointer);
        ReadOnlySpan<ulong> secret = client.Small[0].Masks;
        int[] switched = new int[n + 1];
        for (int i = 0; i < CiphertextsPerKey; i++)
        {
            Span<ulong> one = outputs.Slice((long)i * (n + 1), n + 1);
            ulong phase = one[n] - client.Small[0].InnerProduct(one[..n]);
            keySwitch.Add(Torus.ToDouble(phase - before[i]));
            CenteredModulusSwitch.Switch(one, logModulus, switched);
            ulong cells = 0;
            for (int j = 0; j < n; j++)
                cells += (ulong)switched[j] & secret[j];
            // the centred body before it is floored, from the exact rounding errors of the mask
            ulong body = one[n] + HalfError(one[..n], switched, logModulus);
            modulusSwitch.Add(Torus.ToDouble(body - (cells << (64 - logModulus)) - phase));
        }
    }

    private static ulong HalfError(ReadOnlySpan<ulong> mask, ReadOnlySpan<int> switched, int logModulus)
    {
        long sum = 0;
        for (int j = 0; j < mask.Length; j++)
            sum += (long)(((ulong)switched[j] << (64 - logModulus)) - mask[j]);
        return (ulong)(sum >> 1);
    }

    private static void MeasureRotation(ClientKey client, LookupClassKey key, Moments rotation)
    {
        int n = key.Big.PolynomialSize;
        int k = key.Big.GlweDimension;
        using BlindRotation rotator = new(key);
        using NativeBuffer<double> spectra = ExactPolynomialProduct.SecretSpectra(FourierBackend.CreateTransform(n), client.Big);
        using ExactPolynomialProduct product = new(FourierBackend.CreateTransform(n));
        LookupTables tables = new();
        tables.AddConstant(Constant);
        ulong[] output = new ulong[key.Big.LweSize];
        ulong[] masks = new ulong[k * n];
        ulong[] body = new ulong[n];
        for (int run = 0; run < RotationsPerKey; run++)
        {
            int[] mask = [.. Enumerable.Range(0, key.Lookup.SmallDimension + 1).Select(_ => Random.Shared.Next(2 * n))];
            rotator.Run(mask, tables, 0, output, CancellationToken.None);
            for (int u = 0; u < k; u++)
                rotator.Rotated.ReadComponent(rotator.FirstAccumulator, u, masks.AsSpan(u * n, n));
            rotator.Rotated.ReadComponent(rotator.FirstAccumulator, k, body);
            ulong[] sum = new ulong[n];
            product.AddInnerProduct(masks, spectra, sum);
            for (int j = 0; j < n; j++)
            {
                double phase = Torus.ToDouble(body[j] - sum[j]);
                // the rotated constant polynomial has coefficients of both signs
                rotation.Add(Math.Abs(phase) - Torus.ToDouble(Constant));
            }
        }
    }
}
