using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests;

/// <summary>Encodings with room for any even number of codes in half a turn.</summary>
[TestFixture]
internal sealed class TorusStepTests
{
    private const ulong Quarter = 1UL << 62;

    private static readonly TorusStep[] Steps =
    [
        new(3, 0),
        new(3, 6),
        new(5, 18),
        new(7, 66),
        new(7, 126),
        new(9, 258),
        new(9, 260),
        new(9, 510),
    ];

    [TestCaseSource(nameof(Steps))]
    public void Codes_come_back_from_noisy_phases(TorusStep step)
    {
        int codes = CodesOf(step);
        ulong noise = step.Word / 2 - (1UL << 20);
        for (long code = -codes + 1; code < codes; code++)
        {
            Assert.That(step.Decode(step.Encode(code) + noise), Is.EqualTo(code));
            Assert.That(step.Decode(step.Encode(code) - noise), Is.EqualTo(code));
        }
    }

    [TestCaseSource(nameof(Steps))]
    public void Codes_wrap_modulo_twice_their_number(TorusStep step)
    {
        int codes = CodesOf(step);
        for (long code = -codes / 2; code < codes / 2; code++)
        {
            int own = (int)code + (1 << (step.Bits - 1));
            Assert.That(step.Position(step.Encode(code)), Is.EqualTo(own));
            Assert.That(step.Position(step.Encode(code + codes)), Is.EqualTo(own + (1 << step.Bits)));
            Assert.That(step.Position(step.Encode(code + 2 * codes)), Is.EqualTo(own));
            Assert.That(step.Position(step.Encode(code - 6 * codes)), Is.EqualTo(own));
        }
    }

    [TestCaseSource(nameof(Steps))]
    public void A_cell_reads_what_its_middle_does(TorusStep step)
    {
        for (int logSize = step.LeastLogSize; logSize < step.LeastLogSize + 3; logSize++)
        for (int cell = 0; cell < 2 << logSize; cell++)
        {
            ulong middle = ((ulong)cell << (63 - logSize)) + (1UL << (62 - logSize));
            Assert.That(step.PositionOfCell(cell, logSize), Is.EqualTo(step.Position(middle - Quarter)));
            Assert.That(step.PositionOfCell(cell - (2 << logSize), logSize), Is.EqualTo(step.Position(middle - Quarter)));
        }
    }

    [TestCaseSource(nameof(Steps))]
    public void Phases_may_be_off_by_the_widening(TorusStep step)
    {
        int logSize = step.LeastLogSize;
        double half = step.Widening * Math.Pow(2.0, -2 - step.Bits);
        ulong off = (ulong)(half * Math.Pow(2.0, 64)) - 1;
        for (long code = -CodesOf(step); code < CodesOf(step); code++)
            foreach (ulong phase in new[] { step.Encode(code) + off, step.Encode(code) - off })
                Assert.That(
                    step.PositionOfCell(CenteredModulusSwitch.SwitchPhase(phase + Quarter, logSize + 1), logSize),
                    Is.EqualTo(step.Position(step.Encode(code))),
                    $"code {code}"
                );
    }

    [TestCase(5)]
    [TestCase(8)]
    [TestCase(-2)]
    public void Other_numbers_of_codes_are_refused(int codes) =>
        Assert.That(() => new LookupTables().Add(new ulong[8], codes), Throws.ArgumentException);

    private static int CodesOf(TorusStep step) => step.IsWhole ? 1 << step.Bits : step.Codes;
}
