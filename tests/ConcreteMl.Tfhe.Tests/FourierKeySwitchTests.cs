using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests;

/// <summary>The key switch in the Fourier domain: right without noise, alike on all backends, with the noise of the formula, stored and read.</summary>
internal sealed class FourierKeySwitchTests
{
    private static ParameterSet Set(int k, int size, int dimension, GadgetDecomposition keySwitch, int ring, SecurityCurve? curve = null) =>
        With(curve ?? SecurityCurve.NoneForTests, new(k, size, Deviation(curve, k * size)), dimension, keySwitch, ring);

    private static ParameterSet With(SecurityCurve curve, BigKeyParameters big, int n, GadgetDecomposition keySwitch, int ring) =>
        new(curve, big, [new LookupClassParameters(n, Deviation(curve, n), keySwitch, new(23, 1), 0, KeySwitchRing: ring)]);

    private static double Deviation(SecurityCurve? curve, int dimension) => curve?.StandardDeviation(dimension) ?? 0.0;

    // the input fills whole polynomials, half of one more, or less than one; small keys shorter than the ring and as long
    [TestCase(1, 2048, 700, 1024)]
    [TestCase(3, 512, 771, 1024)]
    [TestCase(1, 512, 300, 1024)]
    [TestCase(2, 256, 256, 256)]
    [TestCase(1, 4096, 1100, 2048)]
    public void Phases_stay_as_they_are_but_for_the_rounding_of_digits(int k, int size, int dimension, int ring)
    {
        foreach (GadgetDecomposition gadget in (GadgetDecomposition[])[new(1, 20), new(4, 5), new(7, 6)])
        {
            ParameterSet parameters = Set(k, size, dimension, gadget, ring);
            using ClientKey client = ClientKey.Generate(parameters, new SeedSource.Repeatable(7));
            using EvaluationKey evaluation = KeyGenerator.CreateEvaluationKey(client);
            double largest = Errors(client, evaluation, 16).Max(Math.Abs);
            // half a step for each bit of the key, and a transform of 2^-53
            double most = k * size * (Math.Pow(2.0, -gadget.Bits - 1) + Math.Pow(2.0, -46));
            Assert.That(largest, Is.GreaterThan(0.0).And.LessThan(most / 4));
        }
    }

    [Test]
    public void Portable_and_vector_kernels_switch_alike()
    {
        ParameterSet parameters = Set(1, 2048, 700, new(2, 9), 1024, SecurityCurve.Bits132);
        using ClientKey client = ClientKey.Generate(parameters, new SeedSource.Repeatable(3));
        using SeededEvaluationKey seeded = KeyGenerator.CreateSeeded(client);
        using EvaluationKey vector = EvaluationKey.Expand(seeded);
        using EvaluationKey portable = EvaluationKey.Expand(
            seeded,
            (big, lookup) => FourierBackend.CreateRotator(null, big, lookup),
            null,
            CancellationToken.None
        );
        const int count = 11;
        using NativeBuffer<ulong> inputs = Encrypt(client, count);
        using NativeBuffer<ulong> one = Switch(vector, inputs, count);
        using NativeBuffer<ulong> other = Switch(portable, inputs, count);
        for (int i = 0; i < one.Length; i++)
            Assert.That(Math.Abs(Torus.ToDouble(one.Slice(i, 1)[0] - other.Slice(i, 1)[0])), Is.LessThan(Math.Pow(2.0, -42)));
    }

    [TestCase(1, 18, 740)]
    [TestCase(2, 8, 740)]
    [TestCase(3, 6, 866)]
    [TestCase(4, 9, 1100)]
    public void Noise_is_that_of_the_formula(int baseLog, int level, int dimension)
    {
        SecurityCurve curve = SecurityCurve.Bits132;
        ParameterSet parameters = Set(1, 2048, dimension, new(baseLog, level), dimension > 1024 ? 2048 : 1024, curve);
        // one key alone shifts the rounding term by its Hamming weight, and the digits' term by its own errors
        const int keys = 30;
        double measured = Enumerable
            .Range(0, keys)
            .Average(seed =>
            {
                using ClientKey client = ClientKey.Generate(parameters, new SeedSource.Repeatable((ulong)seed));
                SeedSource.Repeatable seeds = new((ulong)seed + 100);
                using EvaluationKey evaluation = KeyGenerator.CreateEvaluationKey(client, seeds, null, CancellationToken.None);
                return Errors(client, evaluation, 400).Average(error => error * error);
            });
        double predicted = NoiseModel.Measured.KeySwitchVariance(parameters.BigKey, parameters.Classes[0]);
        Assert.That(measured / predicted, Is.InRange(0.9, 1.1));
    }

    [Test]
    public void Every_code_is_looked_up_through_it()
    {
        const int bits = 4;
        ParameterSet parameters = Set(1, 2048, 820, new(1, 19), 1024, SecurityCurve.Bits132);
        using ClientKey client = ClientKey.Generate(parameters, SeedSource.OperatingSystem);
        using EvaluationKey evaluation = KeyGenerator.CreateEvaluationKey(client);
        const int codes = 1 << bits;
        long[] entries = [.. Enumerable.Range(0, codes).Select(code => (long)(code * 7 % codes))];
        LookupTables tables = new();
        tables.Add([.. entries.Select(entry => Torus.Encode(entry, bits))]);
        int words = parameters.BigKey.LweSize;
        ulong[] inputs = new ulong[codes * words];
        ulong[] outputs = new ulong[codes * words];
        client.EncryptSeeded([.. Enumerable.Range(0, codes).Select(code => Torus.Encode(code, bits))]).Expand(inputs);
        Bootstrapper.Run(evaluation, 0, inputs, codes, tables, [0], outputs, 2, CancellationToken.None);
        ulong[] phases = new ulong[codes];
        client.DecryptPhases(outputs, phases);
        Assert.That(phases.Select(phase => (long)Torus.DecodeUnsigned(phase, bits)), Is.EqualTo(entries));
    }

    [Test]
    public async Task Keys_are_stored_and_read_as_they_are()
    {
        // words of 32 bits, and of 64
        foreach (
            ParameterSet parameters in (ParameterSet[])
                [Set(3, 512, 700, new(2, 8), 1024, SecurityCurve.Bits132), Set(1, 2048, 1400, new(4, 9), 2048, SecurityCurve.Bits132)]
        )
        {
            using ClientKey client = ClientKey.Generate(parameters, SeedSource.OperatingSystem);
            using SeededEvaluationKey made = KeyGenerator.CreateSeeded(client);
            using MemoryStream stream = new();
            await EvaluationKeyFormat.WriteAsync(made, stream, CancellationToken.None);
            Assert.That(stream.Length, Is.GreaterThan(made.ByteCount).And.LessThan(made.ByteCount + 1000));
            stream.Position = 0;
            WireExpectation expectation = new() { Parameters = parameters, MostBytes = made.ByteCount };
            using SeededEvaluationKey read = await EvaluationKeyFormat.ReadAsync(stream, expectation, CancellationToken.None);
            Assert.That(read.Parameters, Is.EqualTo(parameters));
            using EvaluationKey expanded = EvaluationKey.Expand(read);
            Assert.That(expanded.ByteCount, Is.LessThanOrEqualTo(LookupClassKey.ExpandedBytes(parameters.BigKey, parameters.Classes[0])));
            Assert.That(Errors(client, expanded, 8).Max(Math.Abs), Is.LessThan(0.03));
        }
    }

    [TestCase(512)]
    [TestCase(1000)]
    [TestCase(8192)]
    [TestCase(-1)]
    public void A_ring_that_does_not_hold_the_small_key_is_refused(int ring) =>
        Assert.That(
            () => new LookupClassParameters(700, 0.0, new(2, 8), new(23, 1), 0, KeySwitchRing: ring),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("ring of the key switch")
        );

    private static double[] Errors(ClientKey client, EvaluationKey evaluation, int count)
    {
        int n = client.Parameters.Classes[0].SmallDimension;
        using NativeBuffer<ulong> inputs = Encrypt(client, count);
        ulong[] before = new ulong[count];
        client.DecryptPhases(inputs.Slice(0, (int)inputs.Length), before);
        using NativeBuffer<ulong> outputs = Switch(evaluation, inputs, count);
        double[] errors = new double[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<ulong> one = outputs.Slice(i * (n + 1L), n + 1);
            errors[i] = Torus.ToDouble(one[n] - client.Small[0].InnerProduct(one[..n]) - before[i]);
        }
        return errors;
    }

    private static NativeBuffer<ulong> Encrypt(ClientKey client, int count)
    {
        NativeBuffer<ulong> inputs = new((long)count * client.Parameters.BigKey.LweSize);
        ulong[] phases = [.. Enumerable.Range(0, count).Select(i => (ulong)i << 57)];
        client.EncryptSeeded(phases).Expand(inputs.Slice(0, (int)inputs.Length));
        return inputs;
    }

    private static unsafe NativeBuffer<ulong> Switch(EvaluationKey evaluation, NativeBuffer<ulong> inputs, int count)
    {
        NativeBuffer<ulong> outputs = new(count * (evaluation.Parameters.Classes[0].SmallDimension + 1L));
        using IKeySwitcher switcher = evaluation.Classes[0].KeySwitch.Open(count);
        switcher.Switch(inputs.Pointer, count, outputs.Pointer);
        return outputs;
    }
}
