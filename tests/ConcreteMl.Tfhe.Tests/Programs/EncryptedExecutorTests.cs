using ConcreteMl.Tfhe.Programs;
using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests.Programs;

public sealed class EncryptedExecutorTests
{
    private static readonly ParameterSet Parameters = InsecureParameters.Quiet();

    [Test]
    public void Encrypted_outputs_equal_clear_ones_for_every_instruction()
    {
        TfheProgram program = SamplePrograms.Everything(Parameters);
        using ClientKey key = ClientKey.Generate(Parameters, SeedSource.OperatingSystem);
        using EvaluationKey evaluation = KeyGenerator.CreateEvaluationKey(key);
        Random random = new(1);
        List<long[][]> samples = [.. Enumerable.Range(0, 3).Select(_ => SamplePrograms.EverythingInputs(random))];
        IReadOnlyList<long[][]> expected = new ClearExecutor(program).Run(samples).Outputs;
        ProgramClient client = new(program);
        List<EncryptedSample> inputs = [.. samples.Select(sample => client.Encrypt(key, sample))];
        EncryptedExecutor executor = new(program, evaluation);
        LookupObserver observer = new(program, key);
        IReadOnlyList<EncryptedResult> together = executor.Run(inputs, null, observer);
        Assert.That(together.Select(one => client.Decrypt(key, one)), Is.EqualTo(expected));
        Assert.That(observer.Statistics.LookupFailures + observer.Statistics.OffByOnes, Is.Zero);
        Assert.That(observer.Statistics.Bootstraps, Is.EqualTo(3 * ProgramCost.Of(program).Bootstraps));
        Assert.That(observer.Samples, Is.EqualTo(new SampleStatistics[3]));
        EncryptedResult alone = executor.Run(inputs[1], new ExecutionOptions { Threads = 1, MemoryBytes = 1 });
        Assert.That(client.Decrypt(key, alone), Is.EqualTo(expected[1]));
    }

    [Test]
    public void Overflows_wrap_alike_in_clear_and_encrypted_runs()
    {
        ProgramBuilder b = new();
        int input = b.Input(4, 16);
        int doubled = b.Add(new Scale(b.Value(4, 16), input, b.Constant(2), [], "double"));
        b.Output(b.Lookup(doubled, 6, 0, code => (3 * code) + 1));
        TfheProgram program = b.Build(Parameters);
        long[][] sample =
        [
            [.. SamplePrograms.Range(4)],
        ];
        ExecutionResult clear = new ClearExecutor(program).Run([sample]);
        (long[][] outputs, ExecutionStatistics statistics) = RunObserved(program, sample);
        Assert.That(outputs, Is.EqualTo(clear.Outputs[0]));
        Assert.That(statistics.RangeOverflows, Is.EqualTo(clear.Statistics.RangeOverflows).And.Positive);
    }

    [Test]
    public void Failures_of_encrypted_lookups_are_seen_and_as_frequent_as_predicted()
    {
        const double probability = 0.1;
        TfheProgram program = SamplePrograms.Identity(1500, 4, InsecureParameters.Noisy(4, probability));
        long[][] sample = [SamplePrograms.Codes(1500, 4, new Random(2))];
        (long[][] outputs, ExecutionStatistics statistics) = RunObserved(program, sample);
        InstructionStatistics lookup = statistics.Parts[0];
        Binomial.AssertPlausible(lookup.LookupFailures, lookup.Bootstraps, probability, slack: 0.01);
        int different = outputs[0].Zip(sample[0]).Count(pair => pair.First != pair.Second);
        Assert.That(lookup.LookupFailures, Is.EqualTo(different));
        InstructionStatistics simulated = new SimulateExecutor(program, 3).Run([sample]).Statistics.Parts[0];
        Binomial.AssertPlausible(simulated.LookupFailures, simulated.Bootstraps, probability);
    }

    [Test]
    public void Approximate_rounding_is_off_by_one_as_often_as_simulated()
    {
        ProgramBuilder b = new();
        int input = b.Input(6, 1200);
        int rounded = b.Add(new RoundApproximate(b.Value(4, 1200), input, 2, "round"));
        b.Output(b.Lookup(rounded, 4, 0, code => code));
        TfheProgram program = b.Build(InsecureParameters.Noisy(6, 0.3));
        long[][] sample = [SamplePrograms.Codes(1200, 6, new Random(4))];
        (_, ExecutionStatistics statistics) = RunObserved(program, sample);
        InstructionStatistics lookup = statistics.Parts[1];
        Assert.That(lookup.LookupFailures, Is.Zero);
        Binomial.AssertPlausible(lookup.OffByOnes, lookup.Bootstraps, 0.075, slack: 0.01);
    }

    [TestCase(0, 1, 1)]
    [TestCase(1, 2)]
    public void Failing_digits_of_exact_rounding_are_seen(int boxBits, params int[] digits)
    {
        ProgramBuilder b = new();
        int input = b.Input(4, 500);
        b.Output(b.Add(new RoundExact(b.Value(2, 500), input, Digits(digits), "round")));
        TfheProgram program = b.Build(InsecureParameters.Noisy(boxBits, 0.05));
        (_, ExecutionStatistics statistics) = RunObserved(program, [SamplePrograms.Codes(500, 4, new Random(5))]);
        InstructionStatistics round = statistics.Parts[0];
        Assert.That(round.Bootstraps, Is.EqualTo(1000));
        Assert.That(round.LookupFailures, Is.GreaterThan(10).And.LessThan(125));
    }

    [TestCase(1, 1, 1)]
    [TestCase(3)]
    [TestCase(1, 2)]
    [TestCase(2, 1)]
    public void Exact_rounding_reads_low_bits_from_residues(params int[] digits)
    {
        ProgramBuilder b = new();
        int input = b.Input(7, 40);
        int even = b.Input(7, 40);
        // x + 4y, x + 4y modulo 2 (x itself) and modulo 4 (x again, as a value of its own)
        int sum = b.Add(new Combine(b.Value(7, 40), [input, even], [1, 4], "sum"));
        int first = b.Add(new Combine(b.Value(7, 40), [input, even], [1, 0], "modulo 2"));
        int second = b.Add(new Combine(b.Value(7, 40), [input, even], [-3, 0], "modulo 4"));
        RoundExact round = new(b.Value(4, 40), sum, Digits(digits), "round") { Residues = [first, second] };
        b.Output(b.Add(round));
        TfheProgram program = b.Build(Parameters);
        Assert.That(ProgramVerifier.Verify(program), Is.Empty);
        Random random = new(6);
        long[][] sample = [SamplePrograms.Codes(40, 4, random), SamplePrograms.Codes(40, 3, random)];
        long[] expected = [.. sample[0].Zip(sample[1], (x, y) => (x + 4 * y + 4) >> 3)];
        Assert.That(new ClearExecutor(program).Run([sample]).Outputs[0][0], Is.EqualTo(expected));
        ExecutionResult simulated = new SimulateExecutor(program, 1).Run([sample]);
        Assert.That(simulated.Outputs[0][0], Is.EqualTo(expected));
        (long[][] outputs, ExecutionStatistics statistics) = RunObserved(program, sample);
        Assert.That(outputs[0], Is.EqualTo(expected));
        Assert.That(simulated.Statistics.LookupFailures + statistics.LookupFailures, Is.Zero);
    }

    [Test]
    public void Strangers_are_refused_by_name()
    {
        TfheProgram program = SamplePrograms.Identity(2, 4, Parameters);
        TfheProgram other = SamplePrograms.Identity(3, 4, Parameters);
        using ClientKey key = ClientKey.Generate(Parameters, SeedSource.OperatingSystem);
        using ClientKey stranger = ClientKey.Generate(Parameters, SeedSource.OperatingSystem);
        using EvaluationKey evaluation = KeyGenerator.CreateEvaluationKey(key);
        EncryptedExecutor executor = new(program, evaluation);
        ProgramClient client = new(program);
        EncryptedSample inputs = client.Encrypt(
            key,
            [
                [1, 2],
            ]
        );
        Assert.Throws<ProgramInputException>(() =>
            executor.Run(
                client.Encrypt(
                    stranger,
                    [
                        [1, 2],
                    ]
                )
            )
        );
        Assert.Throws<ProgramInputException>(() =>
            executor.Run(
                new ProgramClient(other).Encrypt(
                    key,
                    [
                        [1, 2, 3],
                    ]
                )
            )
        );
        EncryptedResult outputs = executor.Run(inputs);
        Assert.Throws<ProgramInputException>(() => client.Decrypt(stranger, outputs));
        Assert.Throws<ProgramInputException>(() => new ProgramClient(other).Decrypt(key, outputs));
        Assert.Throws<ProgramInputException>(() =>
            client.Encrypt(
                key,
                [
                    [1, 8],
                ]
            )
        );
        TfheProgram noisy = SamplePrograms.Identity(2, 4, InsecureParameters.Noisy(4, 0.1));
        Assert.Throws<ProgramInputException>(() => _ = new EncryptedExecutor(noisy, evaluation));
        Assert.Throws<ArgumentException>(() => _ = new EncryptedExecutor(SamplePrograms.Identity(2, 4), evaluation));
    }

    [Test]
    public void A_cancelled_run_throws()
    {
        TfheProgram program = SamplePrograms.Identity(2, 4, Parameters);
        using ClientKey key = ClientKey.Generate(Parameters, SeedSource.OperatingSystem);
        using EvaluationKey evaluation = KeyGenerator.CreateEvaluationKey(key);
        EncryptedSample inputs = new ProgramClient(program).Encrypt(
            key,
            [
                [1, 2],
            ]
        );
        EncryptedExecutor executor = new(program, evaluation);
        Assert.Catch<OperationCanceledException>(() => executor.Run(inputs, cancellation: new CancellationToken(true)));
    }

    [Test]
    public void Inputs_and_outputs_survive_storage_and_damage_is_refused()
    {
        TfheProgram program = SamplePrograms.Identity(2, 4, Parameters);
        using ClientKey key = ClientKey.Generate(Parameters, SeedSource.OperatingSystem);
        using EvaluationKey evaluation = KeyGenerator.CreateEvaluationKey(key);
        ProgramClient client = new(program);
        EncryptedInputs inputs = new(
            [
                client.Encrypt(
                    key,
                    [
                        [-8, 7],
                    ]
                ),
            ],
            SampleAxis.Batch
        );
        byte[] stored = Stored(inputs.WriteToAsync);
        EncryptedInputs received = EncryptedInputs.ReadFromAsync(new MemoryStream(stored)).GetAwaiter().GetResult();
        EncryptedOutputs outputs = new([new EncryptedExecutor(program, evaluation).Run(received.Samples[0])], received.Axis);
        byte[] answer = Stored(outputs.WriteToAsync);
        EncryptedOutputs returned = EncryptedOutputs.ReadFromAsync(new MemoryStream(answer)).GetAwaiter().GetResult();
        Assert.That(client.Decrypt(key, returned.Samples[0]), Is.EqualTo(new[] { new long[] { -8, 7 } }));
        Damage.AssertRefused(stored, stream => EncryptedInputs.ReadFromAsync(stream).GetAwaiter().GetResult(), step: 1);
        Damage.AssertRefused(answer, stream => EncryptedOutputs.ReadFromAsync(stream).GetAwaiter().GetResult(), step: 997);
    }

    private static RoundingDigit[] Digits(int[] sizes) => [.. sizes.Select(bits => new RoundingDigit(bits, 0))];

    private static byte[] Stored(Func<Stream, CancellationToken, Task> write)
    {
        MemoryStream stream = new();
        write(stream, CancellationToken.None).GetAwaiter().GetResult();
        return stream.ToArray();
    }

    private static (long[][] Outputs, ExecutionStatistics Statistics) RunObserved(TfheProgram program, long[][] sample)
    {
        using ClientKey key = ClientKey.Generate(program.Parameters!, SeedSource.OperatingSystem);
        using EvaluationKey evaluation = KeyGenerator.CreateEvaluationKey(key);
        ProgramClient client = new(program);
        LookupObserver observer = new(program, key);
        EncryptedResult outputs = new EncryptedExecutor(program, evaluation).Run(client.Encrypt(key, sample), null, observer);
        return (client.Decrypt(key, outputs), observer.Statistics);
    }
}
