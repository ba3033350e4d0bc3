using ConcreteMl.Tfhe.Programs;
using ConcreteMl.Tfhe.Tests.Programs;
using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests;

/// <summary>Outputs made small: exact results, noise as the formula has it, failures as the simulation has them.</summary>
internal sealed unsafe class OutputCompressionTests
{
    private static readonly SecurityCurve Curve = SecurityCurve.Bits132;

    // as many keys as the noise tests of bootstraps take
    private const int Keys = 20;
    private const int ValuesPerKey = 512;

    // noise of the key alone; of the decomposition's rounding; of the words' rounding; one value a mask; 64-bit words
    [TestCase(56, 16, 4, 5, 40)]
    [TestCase(60, 16, 6, 2, 40)]
    [TestCase(60, 16, 4, 6, 13)]
    [TestCase(800, 1, 3, 5, 15)]
    [TestCase(158, 8, 4, 9, 30)]
    public void Noise_is_predicted(int rank, int size, int baseLog, int level, int bits)
    {
        OutputCompression compression = new(rank, size, Curve.StandardDeviation(rank * size), new(baseLog, level), bits);
        // each word of the big key adds its part: with few of them a packing key is made quickly
        ParameterSet parameters = new(Curve, new BigKeyParameters(1, 512, Curve.StandardDeviation(512)), [], compression);
        double measured = Enumerable.Range(0, Keys).Average(seed => Variance(parameters, seed));
        double predicted = NoiseModel.Measured.CompressionVariance(parameters.BigKey, compression, size);
        Assert.That(measured / predicted, Is.InRange(0.9, 1.1));
    }

    [TestCase(1, 1)]
    [TestCase(10, 16)]
    [TestCase(16, 16)]
    [TestCase(37, 16)]
    public void Compressed_outputs_decrypt_to_the_same_codes(int count, int size)
    {
        ParameterSet parameters = Insecure(size, 0.0, 12);
        (TfheProgram program, long[] codes) = Identity(count, 6, parameters);
        using ClientKey key = ClientKey.Generate(parameters, SeedSource.OperatingSystem);
        using SeededEvaluationKey seeded = KeyGenerator.CreateSeeded(key);
        using EvaluationKey evaluation = EvaluationKey.Expand(seeded);
        ProgramClient client = new(program);
        EncryptedResult result = new EncryptedExecutor(program, evaluation).Run(client.Encrypt(key, [codes]));
        Assert.That(client.Decrypt(key, result)[0], Is.EqualTo(codes));
        Assert.That(result.Outputs[0].Bytes.Length, Is.EqualTo(parameters.Compression!.ByteCountOf(count)));
        Assert.That(ProgramCost.Of(program).OutputBytes, Is.EqualTo(parameters.Compression.ByteCountOf(count)));
        Assert.That(seeded.ByteCount, Is.EqualTo(SeededEvaluationKey.ByteCountOf(parameters)));
    }

    [Test]
    public void A_fresh_key_and_an_expanded_one_are_the_same_key()
    {
        ParameterSet parameters = Insecure(8, Math.Pow(2.0, -20), 12);
        using ClientKey key = ClientKey.Generate(parameters, SeedSource.OperatingSystem);
        using SeededEvaluationKey seeded = KeyGenerator.CreateSeeded(key, new SeedSource.Repeatable(3), 2, null, default);
        using EvaluationKey expanded = EvaluationKey.Expand(seeded);
        using EvaluationKey fresh = KeyGenerator.CreateEvaluationKey(key, new SeedSource.Repeatable(3), null, default);
        Assert.That(Bytes(fresh.Packing!).SequenceEqual(Bytes(expanded.Packing!)), Is.True);
    }

    [Test]
    public void Failures_are_as_frequent_as_predicted_simulated_and_encrypted()
    {
        const double probability = 0.1;
        const int count = 1504;
        double halfBox = Math.Pow(2.0, -2 - 6);
        double variance = Math.Pow(halfBox / (Math.Sqrt(2.0) * Erf.InverseErfc(probability)), 2);
        ParameterSet quiet = Insecure(8, 0.0, 16);
        double own = NoiseModel.Measured.CompressionVariance(quiet.BigKey, quiet.Compression!, 8);
        double perKey = NoiseModel.Measured.KeySwitchVariance(1024, quiet.Compression!.KeySwitch, 8.0);
        ParameterSet parameters = Insecure(8, Math.Sqrt((variance - own) / perKey), 16);
        (TfheProgram program, long[] codes) = Identity(count, 6, parameters);
        List<long[][]> samples = [.. Enumerable.Repeat(new[] { codes }, 20)];
        ExecutionResult simulated = new SimulateExecutor(program, 5).Run(samples);
        Binomial.AssertPlausible(simulated.Statistics.LookupFailures, 20 * count, probability);
        Assert.That(simulated.Outputs[0][0], Is.Not.EqualTo(simulated.Outputs[1][0]));
        using ClientKey key = ClientKey.Generate(parameters, SeedSource.OperatingSystem);
        using EvaluationKey evaluation = KeyGenerator.CreateEvaluationKey(key);
        ProgramClient client = new(program);
        LookupObserver observer = new(program, key);
        EncryptedResult result = new EncryptedExecutor(program, evaluation).Run(client.Encrypt(key, [codes]), null, observer);
        int wrong = client.Decrypt(key, result)[0].Zip(codes).Count(pair => pair.First != pair.Second);
        Assert.That(observer.Statistics.LookupFailures, Is.EqualTo(wrong));
        Binomial.AssertPlausible(wrong, count, probability, slack: 0.01);
    }

    [Test]
    public void A_noise_below_the_curve_is_refused()
    {
        OutputCompression weak = new(56, 16, Curve.StandardDeviation(56 * 16) / 2, new(4, 5), 20);
        Assert.That(
            () => new ParameterSet(Curve, new BigKeyParameters(1, 2048, Curve.StandardDeviation(2048)), [], weak),
            Throws.ArgumentException
        );
    }

    /// <summary>Mean squared difference of phases before and after, over full ciphertexts.</summary>
    private static double Variance(ParameterSet parameters, int seed)
    {
        using ClientKey client = ClientKey.Generate(parameters, new SeedSource.Repeatable((ulong)seed));
        using EvaluationKey evaluation = KeyGenerator.CreateEvaluationKey(
            client,
            new SeedSource.Repeatable((ulong)seed + 100),
            null,
            default
        );
        int size = parameters.BigKey.LweSize;
        using NativeBuffer<ulong> inputs = new((long)ValuesPerKey * size);
        client
            .EncryptSeeded(new ulong[ValuesPerKey], new SeedSource.Repeatable((ulong)seed + 200))
            .Expand(inputs.Slice(0, ValuesPerKey * size));
        ulong[] before = new ulong[ValuesPerKey];
        client.DecryptPhases(inputs.Slice(0, ValuesPerKey * size), before);
        RowWork work = new(2, CancellationToken.None);
        PackedCiphertexts sent = new OutputCompressor(evaluation, parameters.Compression!, work).Run(inputs.Pointer, ValuesPerKey);
        ulong[] after = new ulong[ValuesPerKey];
        client.DecryptPhases(sent, after);
        return before.Zip(after).Average(pair => Math.Pow(Torus.ToDouble(pair.Second - pair.First), 2.0));
    }

    private static ParameterSet Insecure(int size, double deviation, int bits) =>
        new(
            SecurityCurve.NoneForTests,
            new BigKeyParameters(1, 1024, Math.Pow(2.0, -50)),
            [],
            new OutputCompression(64 / size, size, deviation, new GadgetDecomposition(7, 3), bits)
        );

    private static (TfheProgram Program, long[] Codes) Identity(int count, int bits, ParameterSet parameters)
    {
        ProgramBuilder b = new();
        b.Output(b.Input(bits, count));
        return (b.Build(parameters), SamplePrograms.Codes(count, bits, new Random(count)));
    }

    private static Span<byte> Bytes(KeySwitchKey key) => new(key.Tile(0), checked((int)key.ByteCount));
}
