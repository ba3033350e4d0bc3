using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests;

/// <summary>Classes of lookups that read their bootstrapping key in another's: rows, secrets, files, and what is refused.</summary>
internal sealed class SharedKeyTests
{
    // base 2^6, 6 levels; levels 2, 4, 6 and level 3 of it serve the others
    private static readonly LookupClassParameters Owner = Class(24, new(6, 6));
    private static readonly LookupClassParameters Shorter = Class(20, new(12, 3)) with { KeyOf = 0 };
    private static readonly LookupClassParameters Coarse = Class(24, new(18, 1)) with { KeyOf = 0 };

    [Test]
    public void A_shared_key_is_what_a_key_of_its_own_decomposition_is()
    {
        ParameterSet parameters = Of(Owner, Shorter, Coarse);
        using ClientKey client = ClientKey.Generate(parameters, new SeedSource.Repeatable(5));
        using SeededEvaluationKey seeded = KeyGenerator.CreateSeeded(client);
        ReadOnlySpan<ulong> whole = client.Small[0].Masks;
        Assert.That(client.Small[1].Masks.SequenceEqual(whole[..20]) && client.Small[2].Masks.SequenceEqual(whole), Is.True);
        using AesCounterGenerator masks = new(seeded.Seed);
        int k = parameters.BigKey.GlweDimension;
        int n = parameters.BigKey.PolynomialSize;
        for (int one = 0; one < parameters.Classes.Length; one++)
        {
            LookupClassParameters lookup = parameters.Classes[one];
            using IBootstrapBodies bodies = seeded.Classes[one].OpenBootstrap();
            ulong[] element = new ulong[(k + 1) * lookup.Bootstrap.Level * n];
            ulong[] mask = new ulong[k * n];
            for (int index = 0; index < lookup.SmallDimension; index++)
            {
                bodies.WriteElement(index, element);
                for (int row = 0; row < (k + 1) * lookup.Bootstrap.Level; row++)
                {
                    int made = seeded.Classes[one].Place.Row(row);
                    masks.Fill(KeyStream.Bootstrap(0, index), (ulong)(made * k * n / 2), mask);
                    ulong[] phase = element[(row * n)..((row + 1) * n)];
                    for (int part = 0; part < k; part++)
                        Subtract(phase, mask.AsSpan(part * n, n), client.Big.Masks.Slice(part * n, n));
                    // without noise the phase is the message: the bit on the component, at the class's own level
                    ulong message = whole[index] & lookup.Bootstrap.Factor((row % lookup.Bootstrap.Level) + 1);
                    int component = row / lookup.Bootstrap.Level;
                    for (int coefficient = 0; coefficient < n; coefficient++)
                    {
                        ulong expected =
                            component < k ? 0 - (client.Big.Masks[(component * n) + coefficient] & message)
                            : coefficient == 0 ? message
                            : 0;
                        Assert.That(phase[coefficient], Is.EqualTo(expected), $"class {one}, element {index}, row {row}");
                    }
                }
            }
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task Shared_keys_are_stored_once_and_are_the_same_made_and_read(int words)
    {
        SecurityCurve curve = SecurityCurve.Bits128;
        LookupClassParameters owner = new(480, curve.StandardDeviation(480), new(4, 3), new(6, 4), 0, BodyBits: 40, WordsPerStep: words);
        LookupClassParameters shared = new(
            460,
            curve.StandardDeviation(460),
            new(4, 3),
            new(12, 2),
            0,
            KeySwitchRing: 512,
            BodyBits: 40,
            KeyOf: 0,
            WordsPerStep: words
        );
        ParameterSet parameters = new(curve, new BigKeyParameters(2, 512, curve.StandardDeviation(1024)), [owner, shared]);
        using ClientKey client = ClientKey.Generate(parameters, new SeedSource.Repeatable(6));
        using SeededEvaluationKey made = KeyGenerator.CreateSeeded(client, new SeedSource.Repeatable(7), 2, null, default);
        Assert.That(made.ByteCount, Is.EqualTo((1024 * 3 * 4) + (owner.BootstrapElements * 12 * 512 * 40 / 8) + (2 * 3 * 512 * 4)));
        using MemoryStream stream = new();
        await EvaluationKeyFile.WriteAsync(made, stream);
        stream.Position = 0;
        using SeededEvaluationKey read = await EvaluationKeyFile.ReadAsync(stream, new WireExpectation { Parameters = parameters });
        using ConcreteMl.Tfhe.EvaluationKey stored = ConcreteMl.Tfhe.EvaluationKey.Expand(read);
        using ConcreteMl.Tfhe.EvaluationKey direct = KeyGenerator.CreateEvaluationKey(client, new SeedSource.Repeatable(7), null, default);
        foreach (int one in (int[])[0, 1])
            Same(stored.Classes[one], direct.Classes[one]);
    }

    [Test]
    public async Task A_secret_key_that_is_no_start_of_the_others_is_refused()
    {
        SecurityCurve curve = SecurityCurve.Bits128;
        LookupClassParameters owner = new(480, curve.StandardDeviation(480), new(4, 3), new(6, 4), 0);
        LookupClassParameters shared = new(460, curve.StandardDeviation(460), new(4, 3), new(12, 2), 0, KeyOf: 0);
        BigKeyParameters big = new(2, 512, curve.StandardDeviation(1024));
        ParameterSet parameters = new(curve, big, [owner, shared]);
        using ClientKey good = ClientKey.Generate(parameters, SeedSource.OperatingSystem);
        using ClientKey other = ClientKey.Generate(parameters, SeedSource.OperatingSystem);
        using MemoryStream stream = new();
        await ClientKeyFormat.WriteAsync(good, stream, null);
        stream.Position = 0;
        using (await ClientKeyFormat.ReadAsync(stream, null)) { }
        ClientKey mixed = ClientKey.FromSecrets(parameters, good.Id, [good.Secrets[0], good.Secrets[1], other.Secrets[2]]);
        using MemoryStream broken = new();
        await ClientKeyFormat.WriteAsync(mixed, broken, null);
        broken.Position = 0;
        TfheFormatException met = Assert.ThrowsAsync<TfheFormatException>(() => ClientKeyFormat.ReadAsync(broken, null))!;
        Assert.That(met.Message, Does.Contain("the small key of lookup class 1 is not the start of that of class 0"));
    }

    // a lookup under a shared key of pairs, fresh and seeded, meets its entry
    [Test]
    public void Classes_that_share_a_key_of_pairs_look_up()
    {
        ParameterSet parameters = Of(Class(24, new(6, 6), 2), Class(20, new(12, 3), 2) with { KeyOf = 0 });
        using ClientKey client = ClientKey.Generate(parameters, new SeedSource.Repeatable(5));
        using SeededEvaluationKey seeded = KeyGenerator.CreateSeeded(client);
        using ConcreteMl.Tfhe.EvaluationKey stored = ConcreteMl.Tfhe.EvaluationKey.Expand(seeded);
        using ConcreteMl.Tfhe.EvaluationKey direct = KeyGenerator.CreateEvaluationKey(client);
        LookupTables tables = new();
        tables.Add([.. Enumerable.Range(0, 16).Select(code => Torus.Encode(code * 7 % 16, 4))]);
        ulong[] inputs = new ulong[16 * parameters.BigKey.LweSize];
        client.EncryptSeeded([.. Enumerable.Range(0, 16).Select(code => Torus.Encode(code, 4))]).Expand(inputs);
        foreach (ConcreteMl.Tfhe.EvaluationKey key in (ConcreteMl.Tfhe.EvaluationKey[])[stored, direct])
        foreach (int lookupClass in (int[])[0, 1])
        {
            ulong[] words = new ulong[inputs.Length];
            Bootstrapper.Run(key, lookupClass, inputs, 16, tables, [0], words, 2, CancellationToken.None);
            ulong[] phases = new ulong[16];
            client.DecryptPhases(words, phases);
            Assert.That(
                phases.Select(phase => Torus.DecodeUnsigned(phase, 4)),
                Is.EqualTo(Enumerable.Range(0, 16).Select(code => (ulong)(code * 7 % 16)))
            );
        }
    }

    [TestCase(23, 0)]
    [TestCase(24, 1)]
    public void Pairs_of_mask_words_that_a_class_cannot_have_are_refused(int n, int nu)
    {
        Assert.That(
            () => new LookupClassParameters(n, 0.0, new GadgetDecomposition(5, 4), new GadgetDecomposition(6, 6), nu, WordsPerStep: 2),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("mask words of a step")
        );
    }

    private static IEnumerable<TestCaseData> Refused()
    {
        yield return new TestCaseData((object)new[] { Owner with { KeyOf = 0 } }, "is no earlier class");
        yield return new TestCaseData((object)new[] { Coarse with { KeyOf = 1 }, Owner }, "is no earlier class");
        yield return new TestCaseData((object)new[] { Owner, Shorter, Shorter with { KeyOf = 1 } }, "has no bootstrapping key of its own");
        yield return new TestCaseData((object)new[] { Owner, Class(25, new(12, 3)) with { KeyOf = 0 } }, "has a smaller n");
        yield return new TestCaseData((object)new[] { Owner, Class(20, new(12, 4)) with { KeyOf = 0 } }, "lacks levels");
        yield return new TestCaseData((object)new[] { Owner, Class(20, new(15, 2)) with { KeyOf = 0 } }, "lacks levels");
        yield return new TestCaseData((object)new[] { Owner, Class(20, new(12, 3), 2) with { KeyOf = 0 } }, "mask words a step");
        yield return new TestCaseData((object)new[] { Class(24, new(6, 6), 2), Shorter }, "mask words a step");
    }

    [TestCaseSource(nameof(Refused))]
    public void Keys_that_do_not_serve_are_refused(LookupClassParameters[] classes, string reason)
    {
        ArgumentException met = Assert.Throws<ArgumentException>(() => Of(classes))!;
        Assert.That(met.Message, Does.Contain(reason));
    }

    private static unsafe void Same(LookupClassKey one, LookupClassKey other)
    {
        for (int element = 0; element < one.Lookup.BootstrapElements; element++)
        {
            ReadOnlySpan<double> words = new(one.Element(element), (int)one.Rotator.GgswLength);
            Assert.That(words.SequenceEqual(new(other.Element(element), words.Length)), Is.True);
        }
    }

    private static LookupClassParameters Class(int n, GadgetDecomposition bootstrap, int words = 1) =>
        new(n, 0.0, new GadgetDecomposition(5, 4), bootstrap, 0, WordsPerStep: words);

    private static ParameterSet Of(params LookupClassParameters[] classes) =>
        new(SecurityCurve.NoneForTests, new BigKeyParameters(2, 256, 0.0), classes);

    /// <summary>Subtracts the product modulo X^n + 1, word by word.</summary>
    private static void Subtract(Span<ulong> phase, ReadOnlySpan<ulong> mask, ReadOnlySpan<ulong> secret)
    {
        for (int other = 0; other < secret.Length; other++)
        for (int power = 0; power < mask.Length; power++)
        {
            int place = power + other;
            ulong product = mask[power] & secret[other];
            if (place < phase.Length)
                phase[place] -= product;
            else
                phase[place - phase.Length] += product;
        }
    }
}
