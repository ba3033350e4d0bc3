using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests;

/// <summary>Several tables for one input from one blind rotation.</summary>
[TestFixture]
internal sealed class ManyTablesTests
{
    private const int Bits = 3;
    private const int Codes = 1 << Bits;

    [TestCase(1, 512, 0, 1)]
    [TestCase(1, 512, 0, 2)]
    [TestCase(1, 512, 0, 3)]
    [TestCase(2, 512, 0, 8)]
    [TestCase(1, 256, 2, 3)]
    public void Every_input_meets_its_entry_in_every_table(int k, int size, int nu, int each)
    {
        ParameterSet parameters = TestParameters.Toy(k, size, 8, new GadgetDecomposition(12, 2), nu);
        ulong[] results = Lookup(parameters, each, [.. Enumerable.Range(0, each)]);
        long[] expected = [.. from code in Enumerable.Range(0, Codes) from table in Enumerable.Range(0, each) select Entry(table, code)];
        Assert.That(results.Select(x => (long)Torus.DecodeUnsigned(x, Bits)), Is.EqualTo(expected));
    }

    [Test]
    public void Two_tables_survive_real_noise()
    {
        ulong[] results = Lookup(TestParameters.Secure(1, 2048, 866, new(3, 5), new(23, 1)), 2, [1, 0]);
        long[] expected = [.. from code in Enumerable.Range(0, Codes) from table in new[] { 1, 0 } select Entry(table, code)];
        Assert.That(results.Select(x => (long)Torus.DecodeUnsigned(x, Bits)), Is.EqualTo(expected));
    }

    [Test]
    public void Each_input_may_have_its_own_tables()
    {
        ParameterSet parameters = TestParameters.Toy(1, 512, 8, new GadgetDecomposition(12, 2));
        int[] tableOf = [.. Enumerable.Range(0, 2 * Codes).Select(i => i * 7 % 5)];
        ulong[] results = Lookup(parameters, 2, tableOf);
        Assert.That(
            results.Select(x => (long)Torus.DecodeUnsigned(x, Bits)),
            Is.EqualTo(tableOf.Select((table, i) => Entry(table, i / 2)))
        );
    }

    [Test]
    public void Tables_without_room_for_half_a_box_are_refused()
    {
        ParameterSet parameters = TestParameters.Toy(1, 256, 8, new GadgetDecomposition(12, 2));
        // 32 tables leave 2^3 steps for 2^3 boxes
        Assert.That(() => Lookup(parameters, 32, [.. new int[32]]), Throws.ArgumentException.With.Message.Contains("do not fit"));
    }

    private static ulong[] Lookup(ParameterSet parameters, int each, int[] tableOf)
    {
        using ClientKey client = ClientKey.Generate(parameters, new SeedSource.Repeatable(1));
        using EvaluationKey evaluation = KeyGenerator.CreateEvaluationKey(client);
        LookupTables tables = new();
        for (int table = 0; table < Codes; table++)
            tables.Add([.. Enumerable.Range(0, Codes).Select(code => Torus.Encode(Entry(table, code), Bits))]);
        int size = parameters.BigKey.LweSize;
        ulong[] words = new ulong[Codes * size];
        client.EncryptSeeded([.. Enumerable.Range(0, Codes).Select(code => Torus.Encode(code, Bits))]).Expand(words);
        ulong[] outputs = new ulong[words.Length * each];
        Bootstrapper.RunMany(evaluation, 0, words, Codes, tables, tableOf, each, outputs, 2, CancellationToken.None);
        ulong[] results = new ulong[Codes * each];
        client.DecryptPhases(outputs, results);
        return results;
    }

    private static long Entry(int table, int code) => code * (2 * table + 1) + table & (Codes - 1);
}
