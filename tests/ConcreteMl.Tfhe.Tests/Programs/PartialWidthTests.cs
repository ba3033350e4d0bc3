using ConcreteMl.Tfhe.Programs;
using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests.Programs;

/// <summary>Programs with values whose half turn has room for fewer codes than their width has.</summary>
public sealed class PartialWidthTests
{
    private static readonly long[] Every = [.. Enumerable.Range(0, 32).Select(i => i - 16L)];

    [TestCase(22, 0)]
    [TestCase(22, 2)]
    [TestCase(18, 1)]
    [TestCase(30, 3)]
    public void Clear_simulated_and_encrypted_runs_agree(int codes, int nu)
    {
        ProgramBuilder b = new();
        int input = b.PartialInput(5, codes, Every.Length);
        int result = b.Partial(5, 20, Every.Length);
        int table = b.Tables(5, 5, [.. SamplePrograms.Range(5).Select(code => (code * 7 % 11) - 4)]);
        b.Add(new Lookup(result, input, table, b.Constant(0), [], 0, "first"));
        int shifted = b.Add(new Shift(b.Partial(5, 20, Every.Length), result, b.Constant(3), [], "shifted"));
        int[] both = b.LookupMany(shifted, 0, (5, code => code / 2), (4, code => code < 0 ? -3 : 2));
        b.Output(both[0]);
        b.Output(both[1]);
        TfheProgram program = b.Build(TestParameters.Toy(1, 4096, 12, new GadgetDecomposition(15, 2), nu));
        LookupManyTests.Agree(program, [Every]);
    }

    [Test]
    public void Codes_beyond_their_room_read_negated_entries_modulo_twice_it()
    {
        const int codes = 22;
        ProgramBuilder b = new();
        int input = b.PartialInput(5, codes, Every.Length);
        int sum = b.Add(new Combine(b.Partial(5, codes, Every.Length), [input], [5], "sum"));
        b.Output(b.Lookup(sum, 6, 0, code => code + 3));
        TfheProgram program = b.Build(TestParameters.Toy(1, 2048, 12, new GadgetDecomposition(15, 2)));
        long Expected(long code)
        {
            long wrapped = ((5 * code + codes / 2) % (2 * codes) + 2 * codes) % (2 * codes);
            long entry = wrapped % codes - codes / 2 + 3;
            return wrapped < codes ? entry : -entry;
        }
        Assert.That(LookupManyTests.Agree(program, [Every])[0], Is.EqualTo(Every.Select(Expected)));
    }

    [Test]
    public void A_stored_program_keeps_them()
    {
        ProgramBuilder b = new();
        b.Output(b.Lookup(b.PartialInput(5, 22, 3), 6, 0, code => code));
        TfheProgram program = b.Build();
        using MemoryStream stored = new();
        ProgramFormat.Write(program, stored);
        stored.Position = 0;
        Assert.That(ProgramFormat.Read(stored).Values.Select(value => value.Codes), Is.EqualTo(new[] { 22, 0 }));
        Assert.That(ProgramInterface.Of(program).Inputs[0].Codes, Is.EqualTo(22));
    }

    [Test]
    public void Outputs_are_decoded_modulo_the_codes_of_a_turn()
    {
        const int codes = 22;
        ProgramBuilder b = new();
        int input = b.PartialInput(5, codes, Every.Length);
        b.Output(b.Add(new Combine(b.Partial(5, codes, Every.Length), [input], [3], "sum")));
        b.Output(b.Lookup(input, 6, 0, code => code));
        TfheProgram program = b.Build(TestParameters.Toy(1, 2048, 12, new GadgetDecomposition(15, 2)));
        long[] expected = [.. Every.Select(code => ((3 * code + codes) % (2 * codes) + 2 * codes) % (2 * codes) - codes)];
        Assert.That(expected, Has.Some.EqualTo(codes - 1).And.Some.LessThan(1 - codes / 2));
        Assert.That(LookupManyTests.Agree(program, [Every])[0], Is.EqualTo(expected));
        Assert.That(ProgramInterface.Of(program).Outputs[0].Codes, Is.EqualTo(codes));
    }

    [Test]
    public void The_phase_of_half_a_turn_has_one_code()
    {
        TorusStep step = new(5, 22);
        Assert.That(new[] { (1UL << 63) - 5, 1UL << 63, (1UL << 63) + 5 }.Select(step.Decode), Is.All.EqualTo(-22));
        Assert.That(step.Turn, Is.EqualTo(44));
        Assert.That(new TorusStep(5, 0).Turn, Is.EqualTo(64));
    }

    [Test]
    public void What_is_rounded_or_re_encoded_has_a_whole_width_and_sums_share_a_step()
    {
        ProgramBuilder b = new();
        int input = b.PartialInput(5, 22, 3);
        b.Add(new RoundExact(b.Value(3, 3), input, [new RoundingDigit(2, 0)], "rounded"));
        b.Add(new Combine(b.Partial(5, 24, 3), [input], [1], "sum"));
        b.Output(b.Add(new Reencode(b.Value(4, 3), input, "narrowed")));
        string found = Findings(b);
        Assert.That(found, Does.Contain("what is rounded has no whole width"));
        Assert.That(found, Does.Contain("room for 22 codes and the result for 24"));
        Assert.That(found, Does.Contain("what is re-encoded has no whole width"));
    }

    private static string Findings(ProgramBuilder builder) => string.Join('\n', ProgramVerifier.Verify(builder.Build(isLegal: false)));
}
