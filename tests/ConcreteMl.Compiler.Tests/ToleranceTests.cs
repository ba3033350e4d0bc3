using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>What a tolerated failure does to results: the simulation that settings are chosen by has the distribution of encrypted runs.</summary>
[NonParallelizable]
public sealed class ToleranceTests
{
    // 512 runs of four results, on eight keys: a key has errors of its own, which runs on it share.
    private const int Keys = 8;

    [TestCase(0.3, 6, RoundingMethod.Approximate)]
    [TestCase(0.1, 0, RoundingMethod.Exact)]
    public void Encrypted_and_simulated_errors_have_one_distribution(double tolerated, int rounding, RoundingMethod method)
    {
        CompileOptions options = new()
        {
            Bits = QuantizationBits.Uniform(rounding == 0 ? 2 : 4),
            Rounding = rounding == 0 ? null : new Rounding(rounding, method),
            PError = tolerated,
        };
        IReadOnlyList<Tensor> inputs = [TinyModel.Calibration()];
        List<long> encrypted = [];
        List<long> simulated = [];
        using Scratch scratch = new();
        string artefact = scratch.At("tolerant.cml");
        using (QuantizedModule compiled = TinyModel.Compile(options))
            compiled.Save(artefact);
        for (int key = 0; key < Keys; key++)
        {
            // every module makes keys of its own
            using QuantizedModule module = QuantizedModule.Load(artefact);
            IReadOnlyList<IntegerTensor> codes = module.QuantizeInput(inputs);
            long[] exact = Results(module.QuantizedForward(codes, FheMode.Disable));
            encrypted.AddRange(Results(module.QuantizedForward(codes, FheMode.Execute)).Zip(exact, (met, right) => met - right));
            for (ulong seed = 0; seed < 8; seed++)
            {
                RunOptions run = new() { Seed = ((ulong)key * 8) + seed };
                simulated.AddRange(Results(module.QuantizedForward(codes, FheMode.Simulate, run)).Zip(exact, (met, right) => met - right));
            }
        }

        // the tolerance is used: otherwise both agree for want of errors
        Assert.That(Part(encrypted, off => off != 0), Is.GreaterThan(tolerated / 10));
        foreach (int bound in new[] { 0, 1, 2, 4 })
        {
            double met = Part(encrypted, off => Math.Abs(off) > bound);
            double expected = Part(simulated, off => Math.Abs(off) > bound);
            // five deviations of the rarer sample, counted as a quarter as many as the results of one key hang together
            double deviation = Math.Sqrt(4 * Math.Max(expected * (1 - expected), 1.0 / encrypted.Count) / encrypted.Count);
            Assert.That(met, Is.EqualTo(expected).Within(5 * deviation), $"off by more than {bound}");
        }
    }

    private static long[] Results(IReadOnlyList<IntegerTensor> outputs) => [.. outputs.SelectMany(output => output.Data)];

    private static double Part(List<long> errors, Func<long, bool> counts) => (double)errors.Count(counts) / errors.Count;
}
