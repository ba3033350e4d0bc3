using ConcreteMl.Data;
using ConcreteMl.Running;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>How many lookup failures <c>check</c> says are to be expected.</summary>
public sealed class FailureExpectationTests
{
    private static readonly Tensor Inputs = NpzFile.Load(DigitsMlp.Test)["x0"];

    [TestCase(0.05, false)]
    [TestCase(0.05, true)]
    [TestCase(0.01, false)]
    public void Simulated_failures_lie_in_the_interval(double probability, bool rounds)
    {
        using QuantizedModule module = Compile(probability, rounds);
        (long count, int samples) = Simulate(module);
        FailureExpectation expected = FailureExpectation.Of(module.Report, module.Program, samples);
        Assert.That(expected.Holds(count), $"{count} of {expected}");
        Assert.That(expected.Mean, Is.InRange(expected.Low, expected.High));
        Assert.That(expected.Low, Is.Positive);
        // the worst layer's probability taken for every bootstrap and output is no better an expectation than the layers' own
        long decisions = module.Report.Bootstraps + module.Program.Outputs.Sum(port => module.Program.Values[port.Value].Count);
        Assert.That(expected.Mean, Is.LessThanOrEqualTo(module.Report.PError!.Value * decisions * samples));
    }

    [TestCase(0.02, 0.05)]
    [TestCase(0.1, 0.05)]
    public void Failures_of_another_noise_than_predicted_lie_outside(double present, double predicted)
    {
        using QuantizedModule noisy = Compile(present, rounds: false);
        using QuantizedModule reported = Compile(predicted, rounds: false);
        (long count, int samples) = Simulate(noisy);
        FailureExpectation expected = FailureExpectation.Of(reported.Report, reported.Program, samples);
        Assert.That(expected.Holds(count), Is.False, $"{count} of {expected}");
    }

    [Test]
    public void Without_a_bound_asked_for_no_failure_is_expected()
    {
        using QuantizedModule module = QuantizedModule.Load(DigitsMlp.Artefact);
        FailureExpectation expected = FailureExpectation.Of(module.Report, module.Program, 1000);
        Assert.That(expected.Mean, Is.Positive.And.LessThan(1e-5));
        Assert.That((expected.Low, expected.High), Is.EqualTo((0L, 0L)));
        Assert.That(expected.Holds(1), Is.False);
    }

    // The quantiles of Poisson's law with these means, as any table has them.
    [TestCase(1.0, 0L, 4L)]
    [TestCase(10.0, 3L, 19L)]
    [TestCase(24.5, 13L, 38L)]
    [TestCase(400.0, 349L, 452L)]
    [TestCase(401.0, 349L, 453L)]
    public void Few_and_many_failures_have_exact_and_close_quantiles(double mean, long low, long high)
    {
        Assert.That(FailureExpectation.LeastOf(mean), Is.EqualTo(low));
        Assert.That(FailureExpectation.MostOf(mean, 0.0), Is.EqualTo(high));
        Assert.That(FailureExpectation.MostOf(0.0, mean), Is.GreaterThan(2.0 * mean));
    }

    private static (long Count, int Samples) Simulate(QuantizedModule module)
    {
        Samples samples = new SampleBinder(module.Inputs, "inputs").Bind([Inputs]);
        ModuleRun run = module.Run(samples, FheMode.Simulate, new RunOptions { Seed = 7 }, null, CancellationToken.None);
        return (run.Counted!.LookupFailures, samples.Items.Count);
    }

    private static QuantizedModule Compile(double probability, bool rounds)
    {
        CompileOptions options = new()
        {
            Bits = QuantizationBits.Uniform(3),
            Rounding = rounds ? new Rounding(6) : null,
            PError = probability,
        };
        return ModelCompiler.Compile(OnnxModel.Load(DigitsMlp.Model), [NpzFile.Load(DigitsMlp.Calibration)["x0"]], options);
    }
}
