using ConcreteMl.Tfhe.Programs;
using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests.Programs;

/// <summary>Programs whose lookups read their operands bit by bit.</summary>
public sealed class WideProgramTests
{
    private const int Bits = 9;
    private const int Count = 64;

    [Test]
    public void Clear_simulated_and_encrypted_runs_agree()
    {
        ProgramBuilder b = new();
        int input = b.Input(Bits, Count);
        int[] both = b.LookupMany(input, 0, (12, code => code / 16), (4, code => -1 - (code & 7)));
        b.Output(both[0]);
        b.Output(both[1]);
        b.Output(b.Lookup(input, 14, 0, code => code / 9 - 3));
        TfheProgram program = b.Build(Wide());
        long[][] sample = [SamplePrograms.Codes(Count, Bits, new Random(1))];
        long[][] expected = NaiveProgram.Run(program, sample);
        Assert.That(new ClearExecutor(program).Run([sample]).Outputs[0], Is.EqualTo(expected));
        ExecutionResult simulated = new SimulateExecutor(program, 2).Run([sample]);
        Assert.That(simulated.Outputs[0], Is.EqualTo(expected));
        (long[][] outputs, ExecutionStatistics statistics) = LookupManyTests.RunObserved(program, sample);
        Assert.That(outputs, Is.EqualTo(expected));
        Assert.That(simulated.Statistics.LookupFailures + statistics.LookupFailures, Is.Zero);
        Assert.That(statistics.Bootstraps, Is.EqualTo(2 * Count));
        Assert.That(simulated.Statistics.Bootstraps, Is.EqualTo(2 * Count));
    }

    [Test]
    public void Codes_outside_of_their_range_give_the_same_in_every_run()
    {
        ProgramBuilder b = new();
        int doubled = b.Add(new Combine(b.Value(Bits, Count), [b.Input(Bits, Count)], [2], "doubled"));
        b.Output(b.Lookup(doubled, 14, 0, code => code / 9 + 40));
        TfheProgram program = b.Build(Wide());
        long most = (1L << (Bits - 1)) - 1;
        long[][] sample =
        [
            [.. Enumerable.Range(0, Count).Select(i => i % 2 == 0 ? most - i : i - most)],
        ];
        LookupManyTests.Agree(program, sample);
    }

    [Test]
    public void Noise_of_the_operand_is_seen_and_as_frequent_in_simulated_runs()
    {
        // zeros with a weight that makes half a step two standard deviations
        const int log = 43;
        ProgramBuilder b = new();
        int sum = b.Add(new Combine(b.Value(Bits, Count), [b.Input(Bits, Count), b.Input(Bits, Count)], [1, 1L << log], "sum"));
        b.Output(b.Lookup(sum, Bits, 0, code => code));
        TfheProgram program = b.Build(Wide());
        double deviation = program.Parameters!.BigKey.StandardDeviation * Math.Pow(2.0, log);
        double probability = Erf.Erfc(Math.Pow(2.0, -2 - Bits) / deviation / Math.Sqrt(2.0));
        Random random = new(3);
        List<long[][]> samples =
        [
            .. Enumerable.Range(0, 40).Select(_ => new[] { SamplePrograms.Codes(Count, Bits, random), new long[Count] }),
        ];
        InstructionStatistics lookup = new SimulateExecutor(program, 4).Run(samples).Statistics.Parts[0];
        Assert.That(lookup.Bootstraps, Is.EqualTo(40 * Count));
        Binomial.AssertPlausible(lookup.LookupFailures, lookup.Bootstraps, probability, slack: 0.005);
        // one lookup in twenty fails: among so many, none once in 10^8 runs
        const int encrypted = 6;
        long failures = samples.Take(encrypted).Sum(sample => LookupManyTests.RunObserved(program, sample).Statistics.LookupFailures);
        Assert.That(failures, Is.GreaterThan(0));
        Binomial.AssertPlausible(failures, encrypted * Count, probability, slack: 0.05);
    }

    [Test]
    public void A_stored_program_is_read_back()
    {
        TfheProgram program = SamplePrograms.Identity(2, Bits, WideLookupTests.Secure());
        using MemoryStream stream = new();
        ProgramFormat.Write(program, stream);
        stream.Position = 0;
        Assert.That(ProgramFormat.Read(stream).Parameters, Is.EqualTo(program.Parameters));
    }

    [Test]
    public void What_a_wide_class_cannot_read_is_named()
    {
        ProgramBuilder b = new();
        int rounded = b.Add(new RoundApproximate(b.Value(3, 4), b.Input(5, 4), 2, "round"));
        b.Output(b.Lookup(rounded, 4, 0, code => code));
        b.Output(b.Lookup(b.Input(Bits, 4), 12, 0, code => code * 4 + (code & 1)));
        b.Output(b.Lookup(b.Input(17, 1), 4, 0, code => code >> 14));
        string[] findings = [.. ProgramVerifier.Verify(b.Build(Wide(), false)).Select(one => one.Message)];
        Assert.That(findings, Has.Some.Contains("left unrounded"));
        Assert.That(findings, Has.Some.Contains("need 11 bits"));
        Assert.That(findings, Has.Some.Contains("17 bits does not fit"));
    }

    private static ParameterSet Wide() =>
        new(
            SecurityCurve.NoneForTests,
            new BigKeyParameters(1, 512, Math.Pow(2, -55)),
            [
                new LookupClassParameters(
                    16,
                    0.0,
                    new GadgetDecomposition(7, 3),
                    new GadgetDecomposition(12, 3),
                    2,
                    0,
                    0,
                    Wide: new WideLookup(new GadgetDecomposition(5, 4), new GadgetDecomposition(7, 7))
                ),
            ]
        );
}
