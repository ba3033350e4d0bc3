using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests;

/// <summary>Measured noise of selecting an entry by encrypted bits against its formula.</summary>
[TestFixture]
internal sealed unsafe class WideNoiseTests
{
    private const int Bits = 4;

    // one key's errors are as the formula says on the average; this many keys and selections make 20 % four standard deviations
    private const int Keys = 12;
    private const int Selections = 64;

    [TestCase(1, 512, -50, -30, 5, 3, 0.8, Description = "noise of the digits")]
    [TestCase(2, 256, -50, -30, 4, 4, 0.8, Description = "noise of the digits, two polynomials")]
    [TestCase(1, 512, -40, -60, 5, 5, 0.5, Description = "noise of the key switches: a bound, 0.66 of which is met")]
    [TestCase(1, 512, -62, -62, 3, 4, 0.8, Description = "rounding of the selector")]
    public void Selection_noise_is_predicted(int k, int size, int logKey, int logDigit, int baseLog, int level, double least)
    {
        WideLookup wide = new(new GadgetDecomposition(baseLog, level), new GadgetDecomposition(7, 7));
        double deviation = Math.Pow(2.0, logKey);
        ParameterSet parameters = new(
            SecurityCurve.NoneForTests,
            new BigKeyParameters(k, size, deviation),
            [new LookupClassParameters(4, 0.0, new(5, 4), new(12, 2), 0, Wide: wide)]
        );
        double digit = Math.Pow(4.0, logDigit);
        double measured = Enumerable.Range(0, Keys).Average(seed => Variance(parameters, Math.Sqrt(digit), seed));
        (double own, double perRotation) = NoiseModel.Measured.WideSelectionPerBit(parameters.BigKey, wide);
        // the first product meets zero masks
        double predicted = (Bits - 1) * (own + perRotation * (digit + deviation * deviation));
        Assert.That(measured / predicted, Is.InRange(least, 1.2));
    }

    private static double Variance(ParameterSet parameters, double digitDeviation, int seed)
    {
        using ClientKey client = ClientKey.Generate(parameters, new SeedSource.Repeatable((ulong)seed));
        using EvaluationKey key = KeyGenerator.CreateEvaluationKey(
            client,
            new SeedSource.Repeatable((ulong)seed + 1000),
            null,
            CancellationToken.None
        );
        WideLookup wide = parameters.Classes[0].Wide!;
        using WideSelection selection = new(parameters.BigKey, key.Classes[0].Wide!, Bits);
        Random random = new(seed);
        ulong[] entries = [.. Enumerable.Range(0, 1 << Bits).Select(code => Torus.Encode(code, Bits))];
        EntryGrid grid = EntryGrid.Of(entries);
        ulong[] result = new ulong[parameters.BigKey.LweSize];
        ulong[] phase = new ulong[1];
        double sum = 0.0;
        for (int i = 0; i < Selections; i++)
        {
            int code = random.Next(1 << Bits);
            for (int bit = 0; bit < Bits; bit++)
            {
                ulong[] words = new ulong[wide.Selector.Level * parameters.BigKey.LweSize];
                client
                    .EncryptSeeded([
                        .. Enumerable
                            .Range(1, wide.Selector.Level)
                            .Select(level =>
                                (ulong)(code >> bit & 1) * wide.Selector.Factor(level) + Torus.FromDouble(Gaussian(random) * digitDeviation)
                            ),
                    ])
                    .Expand(words);
                fixed (ulong* digits = words)
                    selection.SetBit(bit, digits);
            }
            selection.Run(entries, grid, result);
            client.DecryptPhases(result, phase);
            double error = Torus.ToDouble(phase[0] - entries[code]);
            sum += error * error;
        }
        return sum / Selections;
    }

    private static double Gaussian(Random random) =>
        Math.Sqrt(-2.0 * Math.Log(1.0 - random.NextDouble())) * Math.Cos(2.0 * Math.PI * random.NextDouble());
}
