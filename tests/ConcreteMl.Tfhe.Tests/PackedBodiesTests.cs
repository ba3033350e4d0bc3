using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests;

/// <summary>Bodies as they are stored: every width comes back, elements do not touch each other, and keys are the same in both forms.</summary>
internal sealed class PackedBodiesTests
{
    [Test]
    public void Words_of_every_width_come_back([Range(8, 64)] int bits)
    {
        const int elements = 5;
        foreach (int words in (int[])[1, 3, 16, 257])
        {
            using PackedBodies bodies = new(elements, words, 64, bits);
            ulong[][] expected = new ulong[elements][];
            Random random = new(bits);
            foreach (int index in (int[])[4, 0, 2, 1, 3])
            {
                expected[index] = [.. Enumerable.Range(0, words).Select(_ => (ulong)random.NextInt64() * 2 + (ulong)random.Next(2))];
                bodies.Write(index, expected[index]);
            }

            ulong[] met = new ulong[words];
            for (int index = 0; index < elements; index++)
            {
                bodies.Read(index, met);
                Assert.That(
                    met,
                    Is.EqualTo(expected[index].Select(word => word >> (64 - bits) << (64 - bits))),
                    $"{words} words, element {index}"
                );
            }
        }
    }

    [Test]
    public void Whole_words_have_their_ordinary_bytes()
    {
        using PackedBodies wide = new(1, 2, 64, 64);
        wide.Write(0, [0x0807060504030201, 0x100f0e0d0c0b0a09]);
        Assert.That(wide.Bytes.Slice(0, 16).ToArray(), Is.EqualTo(Enumerable.Range(1, 16)));
        using PackedBodies narrow = new(1, 2, 32, 32);
        narrow.Write(0, [0x04030201, 0x08070605]);
        Assert.That(narrow.Bytes.Slice(0, 8).ToArray(), Is.EqualTo(Enumerable.Range(1, 8)));
    }

    [TestCase(0b1010_0111UL << 56, 4, 0b1010UL << 60)]
    [TestCase(0b1010_1000UL << 56, 4, 0b1011UL << 60)]
    [TestCase(ulong.MaxValue, 4, 0UL)]
    public void Bodies_are_rounded_to_the_nearest_on_the_circle(ulong word, int bits, ulong rounded)
    {
        ulong[] words = [word];
        BodyWidth.Round(words, 64, bits);
        Assert.That(words[0], Is.EqualTo(rounded));
        ulong[] narrow = [word >> 32];
        BodyWidth.Round(narrow, 32, bits);
        Assert.That(narrow[0], Is.EqualTo(rounded >> 32));
    }

    [TestCase(7)]
    [TestCase(64)]
    [TestCase(-1)]
    public void Widths_out_of_range_are_refused(int bits)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new LookupClassParameters(700, 0.0, new(2, 8), new(23, 1), 0, BodyBits: bits));
        Assert.Throws<ArgumentOutOfRangeException>(() => new OutputCompression(40, 16, 0.0, new(4, 3), 20, bits));
        // words of 32 bits
        Assert.Throws<ArgumentOutOfRangeException>(() => new OutputCompression(40, 16, 0.0, new(4, 3), 20, 32));
    }

    [Test]
    public async Task A_key_with_short_bodies_is_stored_in_their_bits_and_comes_back()
    {
        SecurityCurve curve = SecurityCurve.Bits128;
        LookupClassParameters lookup = new(460, curve.StandardDeviation(460), new(4, 3), new(12, 2), 0, BodyBits: 29);
        OutputCompression compression = new(60, 16, curve.StandardDeviation(960), new(4, 3), 20, 27);
        ParameterSet parameters = new(curve, new BigKeyParameters(2, 512, curve.StandardDeviation(1024)), [lookup], compression);
        using ClientKey client = ClientKey.Generate(parameters, SeedSource.OperatingSystem);
        using SeededEvaluationKey made = KeyGenerator.CreateSeeded(client);
        using MemoryStream stream = new();
        await EvaluationKeyFile.WriteAsync(made, stream);
        Assert.That(made.ByteCount, Is.EqualTo((1024 * 3 * 4) + (460 * 6 * 512 * 29 / 8) + (1024 * 3 * 16 * 27 / 8)));
        Assert.That(stream.Length - made.ByteCount, Is.InRange(28 + 32, 512));
        stream.Position = 0;
        using SeededEvaluationKey read = await EvaluationKeyFile.ReadAsync(stream, new WireExpectation { Parameters = parameters });
        using ConcreteMl.Tfhe.EvaluationKey fromStored = ConcreteMl.Tfhe.EvaluationKey.Expand(read);
        using ConcreteMl.Tfhe.EvaluationKey fromMade = ConcreteMl.Tfhe.EvaluationKey.Expand(made);
        unsafe
        {
            for (int element = 0; element < 460; element++)
            {
                ReadOnlySpan<double> one = new(fromMade.Classes[0].Element(element), (int)fromMade.Classes[0].Rotator.GgswLength);
                ReadOnlySpan<double> other = new(fromStored.Classes[0].Element(element), one.Length);
                Assert.That(one.SequenceEqual(other), Is.True);
            }
        }
    }
}
