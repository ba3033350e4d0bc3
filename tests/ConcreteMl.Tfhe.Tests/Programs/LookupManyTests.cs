using ConcreteMl.Tfhe.Programs;
using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests.Programs;

/// <summary>Programs with several lookups at one operand.</summary>
public sealed class LookupManyTests
{
    private const int Bits = 4;

    [TestCase(0)]
    [TestCase(2)]
    public void Clear_simulated_and_encrypted_runs_agree(int extension)
    {
        const int count = 30;
        TfheProgram program = Three(count, WithExtension(extension));
        long[][] sample = [SamplePrograms.Codes(count, Bits, new Random(1))];
        long[][] expected = NaiveProgram.Run(program, sample);
        ExecutionResult clear = new ClearExecutor(program).Run([sample]);
        ExecutionResult simulated = new SimulateExecutor(program, 2).Run([sample]);
        Assert.That(clear.Outputs[0], Is.EqualTo(expected));
        Assert.That(simulated.Outputs[0], Is.EqualTo(expected));
        (long[][] outputs, ExecutionStatistics statistics) = RunObserved(program, sample);
        Assert.That(outputs, Is.EqualTo(expected));
        Assert.That(simulated.Statistics.LookupFailures + statistics.LookupFailures, Is.Zero);
        long bootstraps = extension == 0 ? count : 3 * count;
        Assert.That(clear.Statistics.Bootstraps, Is.EqualTo(bootstraps));
        Assert.That(simulated.Statistics.Bootstraps, Is.EqualTo(bootstraps));
        Assert.That(statistics.Bootstraps, Is.EqualTo(bootstraps));
    }

    [Test]
    public void An_operand_that_is_read_again_keeps_its_codes()
    {
        ProgramBuilder b = new();
        int input = b.Input(Bits, 5);
        int[] both = b.LookupMany(input, 0, (Bits, code => -code / 2), (Bits, code => code / 3));
        b.Output(b.Add(new Combine(b.Value(Bits, 5), [input, both[0], both[1]], [1, 1, 1], "sum")));
        TfheProgram program = b.Build(InsecureParameters.Quiet());
        long[][] sample =
        [
            [-8, -3, 0, 4, 7],
        ];
        long[][] expected = NaiveProgram.Run(program, sample);
        Assert.That(new ClearExecutor(program).Run([sample]).Outputs[0], Is.EqualTo(expected));
        Assert.That(RunObserved(program, sample).Outputs, Is.EqualTo(expected));
        // the operand, its copy, and both results
        Assert.That(ProgramCost.Of(program).PeakBytes, Is.EqualTo(4 * 5 * 1025 * 8));
    }

    [Test]
    public void Elements_may_have_tables_of_their_own()
    {
        ProgramBuilder b = new();
        int input = b.Input(3, 2, 4);
        int tables = b.Tables(3, 3, [.. SamplePrograms.Range(3), .. SamplePrograms.Range(3).Select(code => -code / 2)]);
        Lookup own = new(b.Value(3, 2, 4), input, tables, b.Constant(0, 1), [2, 1], 0, "own");
        Lookup same = new(
            b.Value(5, 2, 4),
            input,
            b.Tables(3, 5, [.. SamplePrograms.Range(3).Select(code => 3 * code)]),
            b.Constant(0),
            [],
            0,
            "same"
        );
        b.Add(new LookupMany([own, same], "many"));
        b.Output(own.Result);
        b.Output(same.Result);
        TfheProgram program = b.Build(InsecureParameters.Quiet());
        long[][] sample = [SamplePrograms.Codes(8, 3, new Random(2))];
        long[][] expected = NaiveProgram.Run(program, sample);
        Assert.That(new ClearExecutor(program).Run([sample]).Outputs[0], Is.EqualTo(expected));
        Assert.That(RunObserved(program, sample).Outputs, Is.EqualTo(expected));
    }

    [Test]
    public void A_stored_program_is_read_back()
    {
        TfheProgram program = Three(5, null);
        using MemoryStream stream = new();
        ProgramFormat.Write(program, stream);
        stream.Position = 0;
        TfheProgram read = ProgramFormat.Read(stream);
        Assert.That(ProgramFormat.Hash(read), Is.EqualTo(ProgramFormat.Hash(program)));
        LookupMany many = (LookupMany)read.Instructions[0];
        Assert.That(many.Results, Is.EqualTo(program.Instructions[0].Results));
        Assert.That(many.Lookups.Select(one => one.Origin), Is.All.EqualTo("many"));
    }

    [Test]
    public void A_wrong_position_is_one_failure_and_wrong_in_every_table()
    {
        const int count = 400;
        ProgramBuilder b = new();
        foreach (int output in b.LookupMany(b.Input(Bits, count), 0, (Bits, code => code), (Bits, code => -1 - code)))
            b.Output(output);
        TfheProgram program = b.Build(InsecureParameters.Noisy(Bits, 0.1));
        Random random = new(3);
        List<long[][]> samples = [.. Enumerable.Range(0, 40).Select(_ => new[] { SamplePrograms.Codes(count, Bits, random) })];
        ExecutionResult simulated = new SimulateExecutor(program, 4).Run(samples);
        InstructionStatistics lookup = simulated.Statistics.Parts[0];
        Assert.That(lookup.Bootstraps, Is.EqualTo(40 * count));
        Binomial.AssertPlausible(lookup.LookupFailures, lookup.Bootstraps, 0.1, slack: 0.005);
        long[] wrong = new long[2];
        for (int sample = 0; sample < samples.Count; sample++)
        for (int element = 0; element < count; element++)
        {
            long code = samples[sample][0][element];
            wrong[0] += simulated.Outputs[sample][0][element] == code ? 0 : 1;
            wrong[1] += simulated.Outputs[sample][1][element] == -1 - code ? 0 : 1;
        }
        Assert.That(wrong, Is.All.EqualTo(lookup.LookupFailures));
        (_, ExecutionStatistics encrypted) = RunObserved(program, samples[0]);
        Binomial.AssertPlausible(encrypted.LookupFailures, encrypted.Bootstraps, 0.1, slack: 0.01);
    }

    [Test]
    public void Tables_share_the_modulus_and_so_its_noise()
    {
        ParameterSet parameters = InsecureParameters.Quiet();
        LookupClassParameters lookup = parameters.Classes[0];
        double one = NoiseModel.Measured.ModulusSwitchVariance(parameters.BigKey, lookup, 1);
        Assert.That(NoiseModel.Measured.ModulusSwitchVariance(parameters.BigKey, lookup, 3), Is.EqualTo(16 * one).Within(1e-6 * one));
        LookupClassParameters extended = WithExtension(2).Classes[0];
        double apart = NoiseModel.Measured.ModulusSwitchVariance(parameters.BigKey, extended, 1);
        Assert.That(NoiseModel.Measured.ModulusSwitchVariance(parameters.BigKey, extended, 3), Is.EqualTo(apart));
    }

    [Test]
    public void Tables_without_room_are_named()
    {
        ProgramBuilder b = new();
        (int, Func<long, long>)[] tables = [.. Enumerable.Repeat((Bits, (Func<long, long>)(code => code)), 40)];
        b.Output(b.LookupMany(b.Input(Bits, 2), 0, tables)[0]);
        IEnumerable<string> findings = ProgramVerifier
            .Verify(b.Build(InsecureParameters.Quiet(), isLegal: false))
            .Select(one => one.Message);
        Assert.That(findings, Has.Some.Contains("40 tables of 4 bits do not fit lookup class 0"));
    }

    [Test]
    public void Lookups_and_bootstraps_are_counted_apart()
    {
        ProgramCost together = ProgramCost.Of(Three(10, InsecureParameters.Quiet()));
        Assert.That((together.Lookups, together.Bootstraps), Is.EqualTo((30L, 10L)));
        ProgramCost extended = ProgramCost.Of(Three(10, WithExtension(1)));
        Assert.That((extended.Lookups, extended.Bootstraps), Is.EqualTo((30L, 30L)));
    }

    private static TfheProgram Three(int count, ParameterSet? parameters)
    {
        ProgramBuilder b = new();
        int[] results = b.LookupMany(
            b.Input(Bits, count),
            0,
            (Bits, code => Math.Max(code, 0)),
            (Bits + 2, code => -3 * code),
            (1, code => code > 2 ? 0 : -1)
        );
        foreach (int result in results)
            b.Output(result);
        return b.Build(parameters);
    }

    private static ParameterSet WithExtension(int nu)
    {
        ParameterSet quiet = InsecureParameters.Quiet();
        LookupClassParameters one = quiet.Classes[0];
        LookupClassParameters extended = new(one.SmallDimension, one.StandardDeviation, one.KeySwitch, one.Bootstrap, nu);
        return new ParameterSet(quiet.Curve, quiet.BigKey, [extended]);
    }

    /// <summary>The outputs of a clear run, which simulated and encrypted runs give too, with no failure.</summary>
    internal static long[][] Agree(TfheProgram program, long[][] sample)
    {
        long[][] clear = new ClearExecutor(program).Run([sample]).Outputs[0];
        ExecutionResult simulated = new SimulateExecutor(program, 2).Run([sample]);
        Assert.That(simulated.Outputs[0], Is.EqualTo(clear));
        (long[][] outputs, ExecutionStatistics statistics) = RunObserved(program, sample);
        Assert.That(outputs, Is.EqualTo(clear));
        Assert.That(simulated.Statistics.LookupFailures + statistics.LookupFailures, Is.Zero);
        return clear;
    }

    internal static (long[][] Outputs, ExecutionStatistics Statistics) RunObserved(TfheProgram program, long[][] sample)
    {
        using ClientKey key = ClientKey.Generate(program.Parameters!, new SeedSource.Repeatable(9));
        using EvaluationKey evaluation = KeyGenerator.CreateEvaluationKey(key);
        ProgramClient client = new(program);
        LookupObserver observer = new(program, key);
        EncryptedResult outputs = new EncryptedExecutor(program, evaluation).Run(client.Encrypt(key, sample), null, observer);
        return (client.Decrypt(key, outputs), observer.Statistics);
    }
}
