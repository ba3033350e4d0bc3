using ConcreteMl.Tfhe.Programs;
using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests.Programs;

public sealed class SimulateExecutorTests
{
    [Test]
    public void Without_much_noise_a_simulated_run_equals_the_clear_one()
    {
        TfheProgram program = SamplePrograms.Everything(InsecureParameters.Quiet());
        Random random = new(1);
        List<long[][]> samples = [.. Enumerable.Range(0, 100).Select(_ => SamplePrograms.EverythingInputs(random))];
        ExecutionResult clear = new ClearExecutor(program).Run(samples);
        ExecutionResult simulated = new SimulateExecutor(program, 7).Run(samples);
        Assert.That(simulated.Outputs, Is.EqualTo(clear.Outputs));
        Assert.That(simulated.Statistics.LookupFailures + simulated.Statistics.OffByOnes, Is.Zero);
        Assert.That(simulated.Statistics.Bootstraps, Is.EqualTo(clear.Statistics.Bootstraps));
        Assert.That(simulated.Statistics.RangeOverflows, Is.EqualTo(clear.Statistics.RangeOverflows));
    }

    [Test]
    public void Draws_depend_on_the_seed_and_on_nothing_else()
    {
        TfheProgram program = SamplePrograms.Identity(100, 4, InsecureParameters.Noisy(4, 0.2));
        Random random = new(2);
        List<long[][]> samples = [.. Enumerable.Range(0, 30).Select(_ => new[] { SamplePrograms.Codes(100, 4, random) })];
        SimulateExecutor executor = new(program, 42);
        ExecutionResult reference = executor.Run(samples, new ExecutionOptions { Threads = 1 });
        ExecutionResult cores = executor.Run(samples, new ExecutionOptions { Threads = 3, MemoryBytes = 1 });
        Assert.That(cores.Outputs, Is.EqualTo(reference.Outputs));
        Assert.That(cores.Statistics.Parts, Is.EqualTo(reference.Statistics.Parts));
        ExecutionResult tail = executor.Run(samples[20..], new ExecutionOptions { FirstSample = 20 });
        Assert.That(tail.Outputs, Is.EqualTo(reference.Outputs.Skip(20)));
        Assert.That(new SimulateExecutor(program, 43).Run(samples).Outputs, Is.Not.EqualTo(reference.Outputs));
    }

    [TestCase(0.02)]
    [TestCase(0.2)]
    public void Lookups_fail_as_often_as_their_noise_predicts(double probability)
    {
        const int count = 500;
        TfheProgram program = SamplePrograms.Identity(count, 4, InsecureParameters.Noisy(4, probability));
        Random random = new(3);
        List<long[][]> samples = [.. Enumerable.Range(0, 60).Select(_ => new[] { SamplePrograms.Codes(count, 4, random) })];
        InstructionStatistics lookup = new SimulateExecutor(program, 5).Run(samples).Statistics.Parts[0];
        Assert.That(lookup.Bootstraps, Is.EqualTo(60 * count));
        Binomial.AssertPlausible(lookup.LookupFailures, lookup.Bootstraps, probability);
    }

    [Test]
    public void Noise_of_the_operand_counts_as_a_failure_of_the_lookup_that_meets_it()
    {
        // the same code five times from independent encryptions: five times the variance, unseen by a decrypted operand
        ProgramBuilder b = new();
        int[] terms = [.. Enumerable.Range(0, 5).Select(_ => b.Input(4, 400))];
        int sum = b.Add(new Combine(b.Value(4, 400), terms, [1, 1, 1, 1, 1], "sum"));
        b.Output(b.Lookup(sum, 4, 0, code => code));
        double deviation = Math.Pow(2, -6) / Math.Sqrt(5) / 1.5;
        ParameterSet quiet = InsecureParameters.Quiet();
        BigKeyParameters big = new(1, quiet.BigKey.PolynomialSize, deviation);
        TfheProgram program = b.Build(new ParameterSet(SecurityCurve.NoneForTests, big, quiet.Classes));
        long[][] zeros = [.. terms.Select(_ => new long[400])];
        List<long[][]> samples = [.. Enumerable.Repeat(zeros, 40)];
        InstructionStatistics lookup = new SimulateExecutor(program, 6).Run(samples).Statistics.Parts[0];
        double probability = Erf.Erfc(1.5 / Math.Sqrt(2));
        Binomial.AssertPlausible(lookup.LookupFailures, lookup.Bootstraps, probability);
    }

    [Test]
    public void Exact_rounding_counts_failures_of_each_bit()
    {
        ProgramBuilder b = new();
        int input = b.Input(4, 300);
        b.Output(b.Add(new RoundExact(b.Value(2, 300), input, 2, 0, "round")));
        // a one-bit lookup decides between quarters: half a box of a 0-bit message
        ParameterSet parameters = InsecureParameters.Noisy(0, 0.05);
        TfheProgram program = b.Build(parameters);
        Random random = new(4);
        List<long[][]> samples = [.. Enumerable.Range(0, 50).Select(_ => new[] { SamplePrograms.Codes(300, 4, random) })];
        InstructionStatistics round = new SimulateExecutor(program, 8).Run(samples).Statistics.Parts[0];
        Assert.That(round.Bootstraps, Is.EqualTo(50 * 300 * 2));
        // a wrong bit leaves its remains to the next one, which then decides on a boundary
        Assert.That(round.LookupFailures, Is.GreaterThan(0.04 * round.Bootstraps).And.LessThan(0.09 * round.Bootstraps));
    }

    [Test]
    public void A_digit_of_exact_rounding_takes_two_bootstraps_that_fail_like_lookups_of_its_bits()
    {
        ProgramBuilder b = new();
        int input = b.Input(6, 300);
        b.Output(b.Add(new RoundExact(b.Value(2, 300), input, [new RoundingDigit(4, 0)], "round")));
        // four bits and no padding: half a step is half a box of a 3-bit message
        TfheProgram program = b.Build(InsecureParameters.Noisy(3, 0.05));
        Random random = new(4);
        List<long[][]> samples = [.. Enumerable.Range(0, 50).Select(_ => new[] { SamplePrograms.Codes(300, 6, random) })];
        InstructionStatistics round = new SimulateExecutor(program, 8).Run(samples).Statistics.Parts[0];
        Assert.That(round.Bootstraps, Is.EqualTo(50 * 300 * 2));
        // the sign errs next to two of sixteen values only, the table between any two
        Assert.That(round.LookupFailures, Is.GreaterThan(0.02 * round.Bootstraps).And.LessThan(0.04 * round.Bootstraps));
    }

    [Test]
    public void Approximate_rounding_is_off_by_one_near_boundaries_only_and_that_is_no_failure()
    {
        ProgramBuilder b = new();
        int input = b.Input(6, 256);
        int rounded = b.Add(new RoundApproximate(b.Value(4, 256), input, 2, "round"));
        b.Output(b.Lookup(rounded, 4, 0, code => code));
        // noise of half a fine step in one of about three lookups, of half a coarse one never
        TfheProgram program = b.Build(InsecureParameters.Noisy(6, 0.3));
        Random random = new(5);
        List<long[][]> samples = [.. Enumerable.Range(0, 40).Select(_ => new[] { SamplePrograms.Codes(256, 6, random) })];
        ExecutionResult result = new SimulateExecutor(program, 9).Run(samples);
        InstructionStatistics lookup = result.Statistics.Parts[1];
        Assert.That(lookup.LookupFailures, Is.Zero);
        // of four codes per box, two lie half a fine step inside a boundary: one tail each
        Binomial.AssertPlausible(lookup.OffByOnes, lookup.Bootstraps, 0.5 * 0.3 / 2, slack: 0.006);
        int different = 0;
        for (int sample = 0; sample < samples.Count; sample++)
        for (int element = 0; element < 256; element++)
        {
            long exact = NaiveProgram.Wrap((samples[sample][0][element] + 2) >> 2, 4);
            // the box above the highest code reads the negated table
            exact = exact == 8 ? 8 : exact;
            different += result.Outputs[sample][0][element] == exact ? 0 : 1;
        }
        Assert.That(different, Is.EqualTo(lookup.OffByOnes));
        Assert.That(result.Samples, Has.Count.EqualTo(samples.Count));
        Assert.That(result.Samples.Sum(one => one.OffByOnes), Is.EqualTo(lookup.OffByOnes));
    }

    [Test]
    public void A_program_without_parameters_is_refused() =>
        Assert.Throws<ArgumentException>(() => _ = new SimulateExecutor(SamplePrograms.Everything(), 1));
}
