using ConcreteMl.Tfhe.Programs;
using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests.Programs;

public sealed class ProgramCostTests
{
    [Test]
    public void Counts_follow_from_shapes()
    {
        ParameterSet parameters = InsecureParameters.Quiet();
        ProgramCost cost = ProgramCost.Of(SamplePrograms.Everything(parameters));
        Assert.That(cost.Lookups, Is.EqualTo(48 + 3));
        Assert.That(cost.Bootstraps, Is.EqualTo((48 * 2) + 48 + 3));
        Assert.That(cost.InputCiphertexts, Is.EqualTo(35));
        Assert.That(cost.OutputCiphertexts, Is.EqualTo(1 + 4 + 3));
        Assert.That(cost.InputBytes, Is.EqualTo((35 * 8) + (2 * 16)));
        Assert.That(cost.OutputBytes, Is.EqualTo(8 * 1025 * 8));
        Assert.That(cost.Instructions.Single(one => one.Operation == "Conv").Products, Is.EqualTo(48 * 18));
        // both inputs and the convolution's result; what follows works in that memory
        Assert.That(cost.PeakBytes, Is.EqualTo((32 + 3 + 48) * 1025 * 8));
    }

    [Test]
    public void Values_count_while_they_are_alive_only()
    {
        ProgramBuilder b = new();
        int value = b.Input(4, 10);
        for (int i = 0; i < 5; i++)
            value = b.Add(new Scale(b.Value(4, 10), value, b.Constant(1), [], "scale"));
        b.Output(value);
        Assert.That(ProgramCost.Of(b.Build()).PeakBytes, Is.EqualTo(20 * 8));
    }

    [Test]
    public void Lookups_work_in_the_memory_of_their_operand_unless_it_is_needed_later()
    {
        ProgramBuilder alone = new();
        alone.Output(alone.Lookup(alone.Input(4, 10), 4, 0, code => code));
        Assert.That(ProgramCost.Of(alone.Build()).PeakBytes, Is.EqualTo(10 * 8));
        ProgramBuilder shared = new();
        int input = shared.Input(4, 10);
        shared.Output(shared.Lookup(input, 4, 0, code => code));
        shared.Output(shared.Lookup(input, 4, 0, code => -1 - code));
        Assert.That(ProgramCost.Of(shared.Build()).PeakBytes, Is.EqualTo(20 * 8));
    }
}
