using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests;

/// <summary>Lookups that read their operand bit by bit.</summary>
[TestFixture]
internal sealed class WideLookupTests
{
    private const int ResultBits = 5;

    [TestCase(1, 256, 0, 3)]
    [TestCase(1, 256, 0, 8)]
    [TestCase(1, 256, 1, 11)]
    [TestCase(2, 256, 2, 10)]
    public void Every_code_meets_its_entry_without_noise(int k, int size, int nu, int bits)
    {
        using WideCase one = new(Toy(k, size, nu), 1);
        int[] codes = [.. Enumerable.Range(0, 1 << bits)];
        Assert.That(one.LookUp(bits, codes, 1), Is.EqualTo(codes.Select(code => WideCase.Entry(0, code))));
    }

    [TestCase(0)]
    [TestCase(1)]
    public void A_set_padding_bit_negates_the_entry(int nu)
    {
        using WideCase one = new(Toy(1, 256, nu), 1);
        // the negation of -16 needs a bit more than results have
        int[] codes = [.. Enumerable.Range(0, 1 << 10).Where(code => code % 7 == 3 && WideCase.Entry(0, code) != -16)];
        Assert.That(
            one.LookUp(10, [.. codes.Select(code => code + (1 << 10))], 1),
            Is.EqualTo(codes.Select(code => -WideCase.Entry(0, code)))
        );
    }

    [Test]
    public void Several_tables_are_read_by_the_same_bits()
    {
        using WideCase one = new(Toy(1, 256, 0), 3);
        int[] codes = [.. Enumerable.Range(0, 1 << 9).Where(code => code % 5 == 2)];
        Assert.That(
            one.LookUp(9, codes, 3),
            Is.EqualTo(from code in codes from table in Enumerable.Range(0, 3) select WideCase.Entry(table, code))
        );
    }

    [Test]
    public void Sixteen_bits_meet_their_entries_under_a_key_from_its_stored_form()
    {
        using WideCase one = new(Toy(1, 256, 0), 1, stored: true);
        int[] codes = [.. Enumerable.Range(0, 64).Select(i => (i * 40503 + 77) & 0xffff), 0, 0xffff, 0x8000, 0x7fff];
        Assert.That(one.LookUp(16, codes, 1), Is.EqualTo(codes.Select(code => WideCase.Entry(0, code))));
    }

    [Test]
    public void Twelve_bits_survive_real_noise()
    {
        using WideCase one = new(Secure(), 1);
        int[] codes = [0, 1, 4095, 2048, 2047, 1234];
        Assert.That(one.LookUp(12, codes, 1), Is.EqualTo(codes.Select(code => WideCase.Entry(0, code))));
    }

    [Test]
    public void Entries_lie_on_as_coarse_a_grid_as_they_allow()
    {
        EntryGrid signed = EntryGrid.Of([Torus.Encode(-6, 20), Torus.Encode(10, 20), Torus.Encode(2, 20)]);
        Assert.That(signed, Is.EqualTo(new EntryGrid(2, Torus.Encode(-6, 20), 43 + 3)));
        Assert.That(signed.Phase(Torus.Encode(2, 20)), Is.EqualTo(1UL << 61));
        Assert.That(signed.Entries(), Is.EqualTo(Enumerable.Range(0, 4).Select(code => Torus.Encode(8 * code - 6, 20))));
        Assert.That(EntryGrid.Of([7, 7]), Is.EqualTo(new EntryGrid(1, 7, 62)));
    }

    /// <summary>A set on the curve of 132 bits.</summary>
    internal static ParameterSet Secure()
    {
        SecurityCurve curve = SecurityCurve.Bits132;
        return new ParameterSet(
            curve,
            new BigKeyParameters(1, 2048, curve.StandardDeviation(2048)),
            [
                new LookupClassParameters(
                    840,
                    curve.StandardDeviation(840),
                    new GadgetDecomposition(3, 5),
                    new GadgetDecomposition(11, 3),
                    1,
                    0,
                    1024,
                    Wide: new WideLookup(new GadgetDecomposition(5, 3), new GadgetDecomposition(7, 7))
                ),
            ]
        );
    }

    private static ParameterSet Toy(int k, int size, int nu) =>
        new(
            SecurityCurve.NoneForTests,
            new BigKeyParameters(k, size, 0.0),
            [
                new LookupClassParameters(
                    4,
                    0.0,
                    new GadgetDecomposition(5, 4),
                    new GadgetDecomposition(9, 3),
                    nu,
                    0,
                    0,
                    Wide: new WideLookup(new GadgetDecomposition(6, 3), new GadgetDecomposition(8, 6))
                ),
            ]
        );

    /// <summary>Keys and tables of one set.</summary>
    private sealed class WideCase : IDisposable
    {
        private readonly ClientKey _client;
        private readonly EvaluationKey _key;
        private readonly int _tables;

        internal WideCase(ParameterSet parameters, int tables, bool stored = false)
        {
            _tables = tables;
            _client = ClientKey.Generate(parameters, new SeedSource.Repeatable(1));
            if (!stored)
            {
                _key = KeyGenerator.CreateEvaluationKey(_client);
                return;
            }
            using SeededEvaluationKey seeded = KeyGenerator.CreateSeeded(_client);
            _key = EvaluationKey.Expand(seeded);
        }

        internal static long Entry(int table, int code) => (((code * 37L + table * 11 + (code >> 5)) & 31) - 16);

        internal long[] LookUp(int bits, int[] codes, int each)
        {
            LookupTables tables = new();
            for (int table = 0; table < _tables; table++)
                tables.Add([.. Enumerable.Range(0, 1 << bits).Select(code => Torus.Encode(Entry(table, code), ResultBits))]);
            int size = _key.Parameters.BigKey.LweSize;
            ulong[] words = new ulong[codes.Length * size];
            _client.EncryptSeeded([.. codes.Select(code => Torus.Encode(code, bits))]).Expand(words);
            ulong[] outputs = new ulong[words.Length * each];
            int[] numbers = [.. Enumerable.Range(0, each)];
            Bootstrapper.RunMany(_key, 0, words, codes.Length, tables, numbers, each, outputs, 2, CancellationToken.None);
            ulong[] phases = new ulong[codes.Length * each];
            _client.DecryptPhases(outputs, phases);
            return [.. phases.Select(phase => Torus.DecodeSigned(phase, ResultBits))];
        }

        public void Dispose()
        {
            _key.Dispose();
            _client.Dispose();
        }
    }
}
