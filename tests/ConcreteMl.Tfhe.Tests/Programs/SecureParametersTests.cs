using ConcreteMl.Tfhe.Programs;
using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests.Programs;

/// <summary>One small network under 128-bit parameters whose lookups fail less often than once in 2^40.</summary>
public sealed class SecureParametersTests
{
    private static readonly ParameterSet Parameters = TestParameters.Secure(
        1,
        2048,
        788,
        new GadgetDecomposition(2, 8),
        new GadgetDecomposition(23, 1)
    );

    [Test]
    public void All_modes_agree_under_secure_parameters()
    {
        TfheProgram program = Network();
        Random random = new(1);
        // multiples of four lie in the middle of the boxes that approximate rounding leaves
        long[][] sample =
        [
            [.. Enumerable.Range(0, 8).Select(_ => 4L * random.Next(-1, 2))],
            SamplePrograms.Codes(4, 4, random),
        ];
        long[][] clear = new ClearExecutor(program).Run([sample]).Outputs[0];
        ExecutionResult simulated = new SimulateExecutor(program, 2).Run([sample]);
        Assert.That(simulated.Outputs[0], Is.EqualTo(clear));

        using ClientKey key = ClientKey.Generate(Parameters, SeedSource.OperatingSystem);
        using EvaluationKey evaluation = KeyGenerator.CreateEvaluationKey(key);
        ProgramClient client = new(program);
        LookupObserver observer = new(program, key);
        EncryptedResult outputs = new EncryptedExecutor(program, evaluation).Run(client.Encrypt(key, sample), null, observer);
        Assert.That(client.Decrypt(key, outputs), Is.EqualTo(clear));
        Assert.That(observer.Statistics.LookupFailures, Is.Zero);
        Assert.That(observer.Statistics.OffByOnes, Is.Zero);
        Assert.That(observer.Statistics.Bootstraps, Is.EqualTo(ProgramCost.Of(program).Bootstraps));
    }

    private static TfheProgram Network()
    {
        ProgramBuilder b = new();
        int coarse = b.Input(6, 1, 8);
        int fine = b.Input(6, 1, 4);
        long[] signs = [.. Enumerable.Range(0, 32).Select(i => (i * i % 7 % 3) - 1L)];
        int hidden = b.MatMul(coarse, [1, 4], [8, 4], signs);
        int approximate = b.Add(new RoundApproximate(b.Value(4, 1, 4), hidden, 2, "approximate"));
        int first = b.Lookup(approximate, 6, 0, code => Math.Max(code, 0));
        int mixed = b.Add(new Combine(b.Value(6, 1, 4), [first, fine], [2, -1], "mix"));
        int exact = b.Add(new RoundExact(b.Value(4, 1, 4), mixed, 2, 0, "exact"));
        int second = b.Lookup(exact, 6, 0, code => code * code / 4);
        b.Output(b.MatMul(second, [1, 3], [4, 3], [1, -1, 1, 1, 1, -1, 0, 1, 2, -1, 0, 1]));
        return b.Build(Parameters);
    }
}
