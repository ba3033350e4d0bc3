using ConcreteMl.Tfhe.Programs;
using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests.Programs;

public sealed class ClearExecutorTests
{
    [Test]
    public void Every_instruction_means_what_the_contract_says()
    {
        TfheProgram program = SamplePrograms.Everything();
        Random random = new(1);
        List<long[][]> samples = [.. Enumerable.Range(0, 70).Select(_ => SamplePrograms.EverythingInputs(random))];
        ExecutionResult result = new ClearExecutor(program).Run(samples);
        for (int sample = 0; sample < samples.Count; sample++)
            Assert.That(result.Outputs[sample], Is.EqualTo(NaiveProgram.Run(program, samples[sample])));
        Assert.That(result.Statistics.LookupFailures + result.Statistics.OffByOnes, Is.Zero);
        Assert.That(result.Statistics.Bootstraps, Is.EqualTo(70 * ProgramCost.Of(program).Bootstraps));
    }

    [Test]
    public void Overflowing_codes_wrap_as_ciphertexts_do_and_are_counted()
    {
        TfheProgram program = SamplePrograms.Everything();
        Random random = new(2);
        List<long[][]> samples =
        [
            .. Enumerable.Range(0, 20).Select(_ => new[] { SamplePrograms.Codes(32, 6, random), SamplePrograms.Codes(3, 6, random) }),
        ];
        ExecutionResult result = new ClearExecutor(program).Run(samples);
        for (int sample = 0; sample < samples.Count; sample++)
            Assert.That(result.Outputs[sample], Is.EqualTo(NaiveProgram.Run(program, samples[sample])));
        Assert.That(result.Statistics.RangeOverflows, Is.Positive);
    }

    [Test]
    public void A_lookup_beyond_its_width_reads_the_negated_table()
    {
        ProgramBuilder b = new();
        int input = b.Input(3, 1);
        int doubled = b.Add(new Scale(b.Value(3, 1), input, b.Constant(2), [], "double"));
        b.Output(b.Lookup(doubled, 5, 0, code => code + 1));
        ClearExecutor executor = new(b.Build());
        ExecutionResult result = executor.Run([.. SamplePrograms.Range(3).Select(code => new[] { new[] { code } })]);
        // doubled codes −8 −6 | −4 .. 2 | 4 6: only the middle four lie in [−4, 4)
        long[] expected = [-1, -3, -3, -1, 1, 3, 3, 1];
        Assert.That(result.Outputs.Select(sample => sample[0][0]), Is.EqualTo(expected));
        Assert.That(result.Statistics.Parts[0].RangeOverflows, Is.EqualTo(4));
        Assert.That(result.Samples.Select(one => one.RangeOverflows), Is.EqualTo(new long[] { 1, 1, 0, 0, 0, 0, 1, 1 }));
    }

    [Test]
    public void Samples_do_not_influence_each_other_whatever_the_block()
    {
        TfheProgram program = SamplePrograms.Everything();
        Random random = new(3);
        List<long[][]> samples = [.. Enumerable.Range(0, 21).Select(_ => SamplePrograms.EverythingInputs(random))];
        ClearExecutor executor = new(program);
        IReadOnlyList<long[][]> together = executor.Run(samples).Outputs;
        IReadOnlyList<long[][]> narrow = executor.Run(samples, new ExecutionOptions { MemoryBytes = 1, Threads = 1 }).Outputs;
        Assert.That(narrow, Is.EqualTo(together));
        for (int sample = 0; sample < samples.Count; sample++)
            Assert.That(executor.Run([samples[sample]]).Outputs[0], Is.EqualTo(together[sample]));
    }

    [Test]
    public void No_samples_give_no_outputs() => Assert.That(new ClearExecutor(SamplePrograms.Everything()).Run([]).Outputs, Is.Empty);

    [Test]
    public void Bad_inputs_are_refused_by_name()
    {
        ClearExecutor executor = new(SamplePrograms.Everything());
        long[] image = new long[32];
        Assert.That(
            Assert
                .Throws<ProgramInputException>(() =>
                    executor.Run([
                        [image],
                    ])
                )!
                .Message,
            Does.Contain("1 inputs, expected 2")
        );
        Assert.That(
            Assert
                .Throws<ProgramInputException>(() =>
                    executor.Run([
                        [image, [1, 2]],
                    ])
                )!
                .Message,
            Does.Contain("'x1'").And.Contain("expected 3")
        );
        Assert.That(
            Assert
                .Throws<ProgramInputException>(() =>
                    executor.Run([
                        [image, [1, 2, 32]],
                    ])
                )!
                .Message,
            Does.Contain("'x1'").And.Contain("32 at 2")
        );
    }

    [Test]
    public void A_cancelled_run_throws()
    {
        ClearExecutor executor = new(SamplePrograms.Everything());
        long[][] sample = SamplePrograms.EverythingInputs(new Random(4));
        Assert.Throws<OperationCanceledException>(() => executor.Run([sample], null, new CancellationToken(true)));
    }

    [Test]
    public void Progress_reaches_the_end_and_never_falls()
    {
        List<double> fractions = [];
        ExecutionOptions options = new() { Progress = new Recorder(fractions), MemoryBytes = 1 };
        Random random = new(5);
        long[][][] samples = [.. Enumerable.Range(0, 12).Select(_ => SamplePrograms.EverythingInputs(random))];
        new ClearExecutor(SamplePrograms.Everything()).Run(samples, options);
        Assert.That(fractions, Is.Ordered);
        Assert.That(fractions[^1], Is.EqualTo(1.0).Within(1e-9));
    }

    private sealed class Recorder(List<double> fractions) : IProgress<ExecutionProgress>
    {
        public void Report(ExecutionProgress value) => fractions.Add(value.Fraction);
    }
}
