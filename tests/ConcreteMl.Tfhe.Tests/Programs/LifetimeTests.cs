using ConcreteMl.Tfhe.Programs;
using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests.Programs;

public sealed class LifetimeTests
{
    [Test]
    public void Values_that_share_memory_do_not_overwrite_each_other()
    {
        ProgramBuilder b = new();
        int input = b.Input(6, 4);
        int reshaped = b.Add(new View(b.Value(6, 2, 2), input, 0, [2, 1], "reshape"));
        int shifted = b.Add(new Shift(b.Value(6, 2, 2), reshaped, b.Constant(1), [], "shift"));
        int flat = b.Add(new View(b.Value(6, 4), shifted, 0, [1], "flatten"));
        int looked = b.Lookup(flat, 6, 0, code => code / 2);
        int rounded = b.Add(new RoundExact(b.Value(5, 4), flat, 1, 0, "round"));
        b.Output(input);
        b.Output(flat);
        b.Output(looked);
        b.Output(rounded);
        TfheProgram program = b.Build(InsecureParameters.Quiet());
        long[][] sample =
        [
            [1, -2, 3, 4],
        ];
        long[][] expected = NaiveProgram.Run(program, sample);
        Assert.That(new ClearExecutor(program).Run([sample]).Outputs[0], Is.EqualTo(expected));
        Assert.That(new SimulateExecutor(program, 1).Run([sample]).Outputs[0], Is.EqualTo(expected));
        using ClientKey key = ClientKey.Generate(program.Parameters!, SeedSource.OperatingSystem);
        using EvaluationKey evaluation = KeyGenerator.CreateEvaluationKey(key);
        ProgramClient client = new(program);
        LookupObserver observer = new(program, key);
        EncryptedResult outputs = new EncryptedExecutor(program, evaluation).Run(client.Encrypt(key, sample), null, observer);
        Assert.That(client.Decrypt(key, outputs), Is.EqualTo(expected));
        Assert.That(observer.Statistics.LookupFailures, Is.Zero);
    }

    [Test]
    public void Values_are_freed_after_their_last_use_and_outputs_never()
    {
        ProgramBuilder b = new();
        int input = b.Input(4, 2);
        int middle = b.Add(new Scale(b.Value(4, 2), input, b.Constant(2), [], "scale"));
        int last = b.Add(new Combine(b.Value(4, 2), [middle, middle], [1, 1], "sum"));
        int unused = b.Add(new Scale(b.Value(4, 2), last, b.Constant(3), [], "unused"));
        b.Output(last);
        TfheProgram program = b.Build();
        StatisticsCounter counter = new(program);
        counter.Begin(1);
        using ClearMachine machine = new(new ProgramPlan(program), 8, 1, 0, new RowWork(1, CancellationToken.None), counter);
        machine.Put(input, new RowTensor(2, 8));
        machine.Step(0);
        Assert.Throws<InvalidOperationException>(() => machine.Get(input));
        Assert.That(machine.Get(middle).Count, Is.EqualTo(2));
        machine.Step(1);
        Assert.Throws<InvalidOperationException>(() => machine.Get(middle));
        machine.Step(2);
        Assert.Throws<InvalidOperationException>(() => machine.Get(unused));
        Assert.That(machine.Get(last).Count, Is.EqualTo(2));
    }

    [Test]
    public void Values_of_random_programs_agree_with_their_definitions()
    {
        Random random = new(11);
        for (int round = 0; round < 60; round++)
        {
            TfheProgram program = RandomPrograms.Next(random);
            List<long[][]> samples =
            [
                .. Enumerable.Range(0, 3).Select(_ => program.Inputs.Select(port => Codes(program.Values[port.Value], random)).ToArray()),
            ];
            IReadOnlyList<long[][]> met = new ClearExecutor(program).Run(samples).Outputs;
            for (int sample = 0; sample < samples.Count; sample++)
                Assert.That(met[sample], Is.EqualTo(NaiveProgram.Run(program, samples[sample])), $"round {round}");
        }
    }

    private static long[] Codes(ProgramValue value, Random random) => SamplePrograms.Codes((int)value.Count, value.Bits, random);
}
