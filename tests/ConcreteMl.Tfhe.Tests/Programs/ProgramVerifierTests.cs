using ConcreteMl.Tfhe.Programs;
using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests.Programs;

public sealed class ProgramVerifierTests
{
    [Test]
    public void All_findings_are_reported_at_once()
    {
        ProgramBuilder b = new();
        int input = b.Input(4, 3);
        b.Add(new Scale(b.Value(4, 2), input, b.Constant(1), [], "first"));
        b.Add(new Reencode(b.Value(5, 3), input, "second"));
        b.Output(b.Value(4, 1));
        string[] findings = Findings(b);
        Assert.That(findings, Has.Length.EqualTo(3));
        Assert.That(findings[0], Does.Contain("first").And.Contain("[2]").And.Contain("[3]"));
        Assert.That(findings[1], Does.Contain("second").And.Contain("4 to 5 bits"));
        Assert.That(findings[2], Does.Contain("'y0'").And.Contain("never written"));
    }

    private static IEnumerable<TestCaseData> Illegal()
    {
        yield return Case("operand 7", (b, x) => new Reencode(b.Value(4, 3), 7, "o"));
        yield return Case("read before", (b, x) => new Reencode(b.Value(4, 3), b.Value(4, 3), "o"));
        yield return Case("written twice", (b, x) => new Reencode(x, x, "o"));
        yield return Case("constant 5", (b, x) => new Constant(b.Value(4, 3), 5, "o"));
        yield return Case("2 codes", (b, x) => new Constant(b.Value(4, 3), b.Constant(1, 2), "o"));
        yield return Case("share a step", (b, x) => new Shift(b.Value(5, 3), x, b.Constant(1), [], "o"));
        yield return Case("broadcast", (b, x) => new Shift(b.Value(4, 3), x, b.Constant(1, 2), [2], "o"));
        yield return Case("no product", (b, x) => new MatMul(b.Value(4, 1), x, b.Constant(1, 2), [2, 1], "o"));
        yield return Case("no common shape", (b, x) => new Combine(b.Value(4, 3), [x, b.Input(4, 2)], [1, 1], "o"));
        yield return Case("multipliers", (b, x) => new Combine(b.Value(4, 3), [x], [1, 1], "o"));
        yield return Case("axes", (b, x) => new ReduceSum(b.Value(4, 3), x, [1], true, "o"));
        yield return Case("elements 1 to 3", (b, x) => new View(b.Value(4, 3), x, 1, [1], "o"));
        yield return Case("elements -2 to 0", (b, x) => new View(b.Value(4, 3), x, 0, [-1], "o"));
        yield return Case("beside", (b, x) => new Concat(b.Value(4, 3), [x, b.Input(4, 1, 1)], 0, "o"));
        yield return Case("pads", (b, x) => new Pad(b.Value(4, 3), x, [-1], [1], "o"));
        yield return Case("an index", (b, x) => new Gather(b.Value(4, 1), x, 0, b.Constant(3), "o"));
        yield return Case("groups", (b, x) => Convolution(b, 2, [1]));
        yield return Case("at least 1", (b, x) => Convolution(b, 1, [0]));
        yield return Case("[1x2x3], expected [1x2x4]", (b, x) => Convolution(b, 1, [1]));
        yield return Case("5 bits for an operand of 4", (b, x) => Lookup(b, x, 5, 4, 0));
        yield return Case("results of 5 bits", (b, x) => Lookup(b, x, 4, 5, 0));
        yield return Case("table number", (b, x) => Lookup(b, x, 4, 4, 1));
        yield return Case("nothing is looked up", (b, x) => new LookupMany([], "o"));
        yield return Case("value 1 is written twice", (b, x) => Lookup(b, x, 4, 4, 0) is var one ? Many(one, one) : one);
        yield return Case("different operands or classes", (b, x) => Many(Lookup(b, x, 4, 4, 0), Lookup(b, x, 4, 4, 0) with { Class = 1 }));
        yield return Case("5 bits for a result of 4", (b, x) => Many(Lookup(b, x, 4, 4, 0), Lookup(b, x, 4, 5, 0)));
        yield return Case("bits dropped", (b, x) => new RoundExact(b.Value(4, 3), x, 0, 0, "o"));
        yield return Case("expected 3", (b, x) => new RoundExact(b.Value(2, 3), x, 1, 0, "o"));
    }

    [TestCaseSource(nameof(Illegal))]
    public void Every_rule_names_what_breaks_it(string expected, Func<object> make)
    {
        (ProgramBuilder builder, Instruction instruction) = ((ProgramBuilder, Instruction))make();
        builder.Add(instruction);
        builder.Output(0);
        Assert.That(string.Join('\n', Findings(builder)), Does.Contain(expected));
    }

    [Test]
    public void Unrounded_values_may_be_moved_and_looked_up_but_not_weighted()
    {
        ProgramBuilder b = new();
        int rounded = b.Add(new RoundApproximate(b.Value(3, 4), b.Input(5, 4), 2, "round"));
        int moved = b.Add(new View(b.Value(3, 2, 2), rounded, 0, [1, 2], "move"));
        b.Output(b.Lookup(moved, 4, 0, code => code));
        b.Add(new Scale(b.Value(3, 2, 2), moved, b.Constant(3), [], "weight"));
        string[] findings = Findings(b);
        Assert.That(findings, Has.Length.EqualTo(1));
        Assert.That(findings[0], Does.Contain("weight").And.Contain("unrounded"));
    }

    [Test]
    public void Broken_values_tables_and_ports_are_named()
    {
        ProgramBuilder b = new();
        b.Input(new ProgramCoding([0.0], [double.NaN, 1.0], [2], 5, 4, (RealElement)99, Beyond: [-1.0]), 4, 3);
        b.Value(0, 3);
        b.Value(62, 0);
        b.Tables(3, 4, 1, 2, 3);
        b.Tables(1, 2, 2, -3);
        string all = string.Join('\n', Findings(b));
        foreach (
            string part in new[]
            {
                "value 1 (v1): width 0",
                "value 2 (v2): shape [0]",
                "value 2 (v2): width 62",
                "3 entries are no multiple of 2^3",
                "2 entries lie outside the signed 2-bit range",
                "coding shape [2]",
                "scale is zero",
                "zero is not finite",
                "element type 99",
                "codes 5 to 4",
                "codes beyond the ends",
                "no output",
            }
        )
            Assert.That(all, Does.Contain(part));
    }

    [Test]
    public void Lookup_classes_must_exist_and_hold_the_table()
    {
        ProgramBuilder b = new();
        int input = b.Input(10, 1);
        b.Output(b.Lookup(input, 4, 0, _ => 0));
        b.Output(b.Lookup(input, 4, 3, _ => 0));
        string[] findings = [.. ProgramVerifier.Verify(b.Build(InsecureParameters.Quiet(), false)).Select(one => one.Message)];
        Assert.That(findings, Has.Length.EqualTo(2));
        Assert.That(findings[0], Does.Contain("10 bits does not fit"));
        Assert.That(findings[1], Does.Contain("lookup class 3 of 1"));
    }

    private static TestCaseData Case(string expected, Func<ProgramBuilder, int, Instruction> make)
    {
        Func<object> build = () =>
        {
            ProgramBuilder builder = new();
            return (builder, make(builder, builder.Input(4, 3)));
        };
        return new TestCaseData(expected, build).SetArgDisplayNames(expected);
    }

    private static Conv Convolution(ProgramBuilder b, int group, int[] strides)
    {
        int operand = b.Input(4, 1, 3, 5);
        return new Conv(b.Value(4, 1, 2, 3), operand, b.Constant(new long[12]), [2, 3, 2], strides, [1], [0], [0], group, "o");
    }

    private static Lookup Lookup(ProgramBuilder b, int operand, int inputBits, int outputBits, long table) =>
        new(b.Value(4, 3), operand, b.Tables(inputBits, outputBits, new long[1 << inputBits]), b.Constant(table), [], 0, "o");

    private static LookupMany Many(params Lookup[] lookups) => new(lookups, "o");

    private static string[] Findings(ProgramBuilder builder) =>
        [.. ProgramVerifier.Verify(builder.Build(isLegal: false)).Select(finding => finding.ToString())];
}
