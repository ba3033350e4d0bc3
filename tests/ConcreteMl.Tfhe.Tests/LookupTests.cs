using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests;

/// <summary>Whole lookups: encrypt, bootstrap, decrypt, compare with the table.</summary>
[TestFixture]
internal sealed class LookupTests
{
    [TestCase(1, 256, 1, 20, 1)]
    [TestCase(2, 256, 1, 20, 1)]
    [TestCase(3, 512, 1, 20, 1)]
    [TestCase(4, 512, 1, 20, 1)]
    [TestCase(5, 512, 2, 12, 2)]
    [TestCase(6, 1024, 1, 12, 2)]
    [TestCase(7, 2048, 1, 12, 2)]
    [TestCase(8, 4096, 1, 12, 2)]
    public void Every_input_meets_its_entry_without_noise(int bits, int size, int k, int baseLog, int level)
    {
        ParameterSet parameters = TestParameters.Toy(k, size, 8, new GadgetDecomposition(baseLog, level));
        CheckEveryInput(parameters, bits, bits);
    }

    [TestCase(1, 256, 1, 20, 1)]
    [TestCase(2, 256, 3, 20, 1)]
    [TestCase(4, 512, 2, 20, 1)]
    [TestCase(5, 2048, 1, 12, 2)]
    [TestCase(8, 4096, 1, 12, 2)]
    public void Every_input_meets_its_entry_by_pairs_of_mask_words(int bits, int size, int k, int baseLog, int level)
    {
        ParameterSet parameters = TestParameters.Toy(k, size, 12, new GadgetDecomposition(baseLog, level), words: 2);
        CheckEveryInput(parameters, bits, bits);
    }

    [TestCase(4, 256, 1)]
    [TestCase(5, 256, 2)]
    [TestCase(6, 256, 3)]
    public void Every_input_meets_its_entry_under_extension(int bits, int size, int nu)
    {
        ParameterSet parameters = TestParameters.Toy(1, size, 12, new GadgetDecomposition(15, 2), nu);
        CheckEveryInput(parameters, bits, bits);
    }

    [TestCase(4, 2, 4)]
    [TestCase(5, 3, 12)]
    [TestCase(5, 3, 32)]
    public void Every_input_meets_its_entry_under_a_graded_switch(int bits, int nu, int grade)
    {
        ParameterSet parameters = TestParameters.Toy(1, 256, 12, new GadgetDecomposition(15, 2), nu, grade: grade);
        CheckEveryInput(parameters, bits, bits);
    }

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(4)]
    public void A_lone_extended_lookup_is_shared_by_all_threads(int nu)
    {
        ParameterSet parameters = TestParameters.Toy(1, 256, 40, new GadgetDecomposition(15, 2), nu);
        using ClientKey client = ClientKey.Generate(parameters, new SeedSource.Repeatable(1));
        using EvaluationKey evaluation = KeyGenerator.CreateEvaluationKey(client);
        LookupTables tables = new();
        tables.Add([.. Enumerable.Range(0, 16).Select(code => Torus.Encode(15 - code, 4))]);
        for (int code = 0; code < 16; code++)
        {
            ulong[] words = new ulong[257];
            client.EncryptSeeded([Torus.Encode(code, 4)]).Expand(words);
            Bootstrapper.Run(evaluation, 0, words, 1, tables, [0], words, 3, CancellationToken.None);
            ulong[] phase = new ulong[1];
            client.DecryptPhases(words, phase);
            Assert.That(Torus.DecodeUnsigned(phase[0], 4), Is.EqualTo((ulong)(15 - code)));
        }
    }

    [Test]
    public void Cancellation_ends_a_batch_and_a_lone_lookup()
    {
        ParameterSet parameters = TestParameters.Toy(1, 512, 300, new GadgetDecomposition(15, 2), nu: 2);
        using ClientKey client = ClientKey.Generate(parameters, new SeedSource.Repeatable(1));
        using EvaluationKey evaluation = KeyGenerator.CreateEvaluationKey(client);
        LookupTables tables = new();
        tables.AddConstant(1UL << 60);
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();
        foreach (int count in new[] { 1, 5 })
        {
            ulong[] words = new ulong[513 * count];
            Assert.That(
                () => Bootstrapper.Run(evaluation, 0, words, count, tables, [0], words, 2, cancelled.Token),
                Throws.InstanceOf<OperationCanceledException>()
            );
        }
    }

    [TestCase(2, 3)]
    [TestCase(4, 1)]
    public void Outputs_may_have_another_width_than_inputs(int bits, int outputBits) =>
        CheckEveryInput(TestParameters.Toy(1, 512, 8, new GadgetDecomposition(20, 1)), bits, outputBits);

    [Test]
    public void Four_bits_survive_real_noise()
    {
        ParameterSet parameters = TestParameters.Secure(1, 2048, 866, new(3, 5), new(23, 1));
        CheckEveryInput(parameters, 4, 4);
    }

    [Test]
    public void A_set_padding_bit_negates_the_entry()
    {
        ParameterSet parameters = TestParameters.Toy(1, 512, 8, new GadgetDecomposition(20, 1));
        LookupTables tables = new();
        tables.Add([Torus.Encode(1, 2), Torus.Encode(3, 2), Torus.Encode(2, 2), Torus.Encode(0, 2)]);
        ulong[] results = Lookup(parameters, [Torus.Encode(4, 2), Torus.Encode(5, 2)], tables, [0]);
        Assert.That(results.Select(x => Torus.DecodeSigned(x, 2)), Is.EqualTo(new long[] { -1, -3 }));
    }

    [Test]
    public void A_constant_table_yields_the_sign_of_the_phase()
    {
        ParameterSet parameters = TestParameters.Toy(1, 256, 8, new GadgetDecomposition(20, 1));
        LookupTables tables = new();
        tables.AddConstant(1UL << 61);
        ulong quarter = 1UL << 62;
        ulong[] results = Lookup(parameters, [quarter, 3 * quarter], tables, [0]);
        Assert.That(results.Select(x => Torus.DecodeSigned(x, 2)), Is.EqualTo(new long[] { 1, -1 }));
    }

    [Test]
    public void Each_input_may_have_its_own_table()
    {
        ParameterSet parameters = TestParameters.Toy(1, 256, 8, new GadgetDecomposition(20, 1));
        LookupTables tables = new();
        tables.Add([Torus.Encode(0, 1), Torus.Encode(1, 1)]);
        tables.Add([Torus.Encode(1, 1), Torus.Encode(0, 1)]);
        ulong one = Torus.Encode(1, 1);
        ulong[] results = Lookup(parameters, [one, one, 0, 0], tables, [0, 1, 0, 1]);
        Assert.That(results.Select(x => Torus.DecodeUnsigned(x, 1)), Is.EqualTo(new ulong[] { 1, 0, 0, 1 }));
    }

    [TestCase("portable")]
    [TestCase("avx2")]
    [TestCase("avx512")]
    public void Every_instruction_set_expands_and_uses_the_same_compact_key(string backend)
    {
        VectorIsa? isa = TransformTests.Isa(backend);
        Assume.That(backend == "portable" || isa is not null);
        ParameterSet parameters = TestParameters.Toy(1, 1024, 40, new GadgetDecomposition(15, 2), nu: 1, noise: Math.Pow(2.0, -40));
        using ClientKey client = ClientKey.Generate(parameters, new SeedSource.Repeatable(4));
        using SeededEvaluationKey seeded = KeyGenerator.CreateSeeded(client);
        using EvaluationKey evaluation = EvaluationKey.Expand(
            seeded,
            (big, lookup) => FourierBackend.CreateRotator(isa, big, lookup),
            null,
            CancellationToken.None
        );
        LookupTables tables = new();
        tables.Add([Torus.Encode(2, 2), Torus.Encode(0, 2), Torus.Encode(3, 2), Torus.Encode(1, 2)]);
        ulong[] words = new ulong[3 * parameters.BigKey.LweSize];
        client.EncryptSeeded([Torus.Encode(0, 2), Torus.Encode(2, 2), Torus.Encode(3, 2)]).Expand(words);
        Bootstrapper.Run(evaluation, 0, words, 3, tables, [0], words, 2, CancellationToken.None);
        ulong[] phases = new ulong[3];
        client.DecryptPhases(words, phases);
        Assert.That(phases.Select(x => Torus.DecodeUnsigned(x, 2)), Is.EqualTo(new ulong[] { 2, 3, 1 }));
    }

    /// <summary>Encrypts, runs the batch and returns the phases of the results.</summary>
    internal static ulong[] Lookup(ParameterSet parameters, ulong[] phases, LookupTables tables, int[] tableOf)
    {
        using ClientKey client = ClientKey.Generate(parameters, new SeedSource.Repeatable(1));
        using EvaluationKey evaluation = KeyGenerator.CreateEvaluationKey(client);
        SeededLweCiphertexts inputs = client.EncryptSeeded(phases);
        ulong[] words = new ulong[inputs.ExpandedLength];
        inputs.Expand(words);
        Bootstrapper.Run(evaluation, 0, words, phases.Length, tables, tableOf, words, 2, CancellationToken.None);
        ulong[] results = new ulong[phases.Length];
        client.DecryptPhases(words, results);
        return results;
    }

    [TestCase(0, 1)]
    [TestCase(0, 2)]
    [TestCase(1, 1)]
    [TestCase(2, 1)]
    [TestCase(4, 1)]
    public void Lookups_in_step_give_the_words_of_lookups_alone(int nu, int words)
    {
        const int count = 11;
        ParameterSet parameters = TestParameters.Toy(1, 256, 50, new GadgetDecomposition(15, 2), nu, Math.Pow(2.0, -40), words: words);
        using ClientKey client = ClientKey.Generate(parameters, new SeedSource.Repeatable(7));
        using EvaluationKey evaluation = KeyGenerator.CreateEvaluationKey(client);
        LookupTables tables = new();
        tables.Add([.. Enumerable.Range(0, 8).Select(code => Torus.Encode(7 - code, 3))]);
        tables.Add([.. Enumerable.Range(0, 8).Select(code => Torus.Encode(code * 3 % 8, 3))]);
        int[] tableOf = [.. Enumerable.Range(0, count).Select(i => i % 2)];
        int size = parameters.BigKey.LweSize;
        ulong[] inputs = new ulong[count * size];
        client.EncryptSeeded([.. Enumerable.Range(0, count).Select(i => Torus.Encode(i % 8, 3))]).Expand(inputs);
        ulong[] together = new ulong[count * size];
        Bootstrapper.Run(evaluation, 0, inputs, count, tables, tableOf, together, 1, CancellationToken.None);
        for (int i = 0; i < count; i++)
        {
            ulong[] alone = new ulong[size];
            Bootstrapper.Run(evaluation, 0, inputs.AsMemory(i * size, size), 1, tables, [tableOf[i]], alone, 1, CancellationToken.None);
            Assert.That(together.AsSpan(i * size, size).SequenceEqual(alone), $"lookup {i}");
        }
    }

    [TestCase(0, 1)]
    [TestCase(0, 2)]
    [TestCase(1, 1)]
    public void Batches_of_any_size_are_shared_out_whole(int nu, int words)
    {
        ParameterSet parameters = TestParameters.Toy(1, 256, 8, new GadgetDecomposition(15, 2), nu, words: words);
        LookupTables tables = new();
        tables.Add([.. Enumerable.Range(0, 8).Select(code => Torus.Encode(7 - code, 3))]);
        foreach (int count in Enumerable.Range(1, 40))
        {
            ulong[] results = Lookup(parameters, [.. Enumerable.Range(0, count).Select(i => Torus.Encode(i & 7, 3))], tables, [0]);
            Assert.That(
                results.Select(x => (int)Torus.DecodeUnsigned(x, 3)),
                Is.EqualTo(Enumerable.Range(0, count).Select(i => 7 - (i & 7))),
                $"{count} lookups"
            );
        }
    }

    private static void CheckEveryInput(ParameterSet parameters, int bits, int outputBits)
    {
        int count = 1 << bits;
        long Output(int code) => (code * 37 + 11) & ((1 << outputBits) - 1);
        LookupTables tables = new();
        tables.Add(Enumerable.Range(0, count).Select(code => Torus.Encode(Output(code), outputBits)).ToArray());
        ulong[] phases = Enumerable.Range(0, count).Select(code => Torus.Encode(code, bits)).ToArray();
        ulong[] results = Lookup(parameters, phases, tables, [0]);
        Assert.That(results.Select(x => (long)Torus.DecodeUnsigned(x, outputBits)), Is.EqualTo(Enumerable.Range(0, count).Select(Output)));
    }
}
