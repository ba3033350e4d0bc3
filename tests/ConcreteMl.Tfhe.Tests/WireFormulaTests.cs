using System.Buffers.Binary;
using System.Security.Cryptography;
using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests;

/// <summary>The formulas by which docs/wire-format.md describes evaluation keys, computed here a second time, word by word.</summary>
internal sealed class WireFormulaTests
{
    private static readonly SecurityCurve Curve = SecurityCurve.Bits128;

    // words of 32 bits, and of 64
    private static readonly ParameterSet Parameters = new(
        Curve,
        new BigKeyParameters(2, 512, Curve.StandardDeviation(1024)),
        [
            new LookupClassParameters(460, Curve.StandardDeviation(460), new(4, 3), new(12, 2), 0),
            new LookupClassParameters(1500, Curve.StandardDeviation(1500), new(4, 3), new(18, 1), 0),
        ]
    );

    // the same with bodies that keep 29 bits, whose last is a hundredth of a deviation
    private static readonly ParameterSet Short = new(
        Curve,
        Parameters.BigKey,
        [new LookupClassParameters(460, Curve.StandardDeviation(460), new(4, 3), new(12, 2), 0, BodyBits: 29)]
    );

    // three elements for two words
    private static readonly ParameterSet Pairs = new(
        Curve,
        Parameters.BigKey,
        [new LookupClassParameters(460, Curve.StandardDeviation(460), new(4, 3), new(12, 2), 0, BodyBits: 29, WordsPerStep: 2)]
    );

    [Test]
    public void Rows_of_a_key_switching_key_encrypt_what_the_page_says()
    {
        using ClientKey key = ClientKey.Generate(Parameters, SeedSource.OperatingSystem);
        using SeededEvaluationKey evaluation = KeyGenerator.CreateSeeded(key);
        Assert.That(Parameters.Classes.Select(one => one.UsesNarrowKeySwitchWords), Is.EqualTo(new[] { true, false }));
        for (int one = 0; one < Parameters.Classes.Length; one++)
        {
            LookupClassParameters lookup = Parameters.Classes[one];
            bool narrow = lookup.UsesNarrowKeySwitchWords;
            int perBlock = narrow ? 4 : 2;
            int blocks = (lookup.SmallDimension + perBlock - 1) / perBlock;
            double tolerance = Tolerance(lookup.StandardDeviation, narrow ? Math.Pow(2.0, -33) : 0.0);
            foreach (int index in (int[])[0, 1, Parameters.BigKey.LweDimension - 1])
                for (int level = 1; level <= lookup.KeySwitch.Level; level++)
                {
                    ulong stream = (1UL << 56) + ((ulong)one << 32) + (ulong)index;
                    ulong[] mask = Mask(evaluation.Seed, stream, (level - 1) * blocks, blocks, narrow);
                    ulong body = Element(evaluation.Classes[one].KeySwitchBodies, index, narrow)[level - 1];
                    ulong phase = narrow ? body << 32 : body;
                    for (int bit = 0; bit < lookup.SmallDimension; bit++)
                        phase -= mask[bit] & key.Small[one].Masks[bit];
                    phase -= (key.Big.Masks[index] & 1) << (64 - (level * lookup.KeySwitch.BaseLog));
                    Assert.That(Math.Abs((double)(long)phase) * Math.Pow(2.0, -64), Is.LessThan(tolerance));
                }
        }
    }

    // words of 32 bits, and of 64; the input fills one polynomial and a half, or three quarters of one
    [TestCase(3, 512, 700, 1024)]
    [TestCase(3, 512, 1400, 2048)]
    public void Rows_of_a_key_switching_key_in_the_Fourier_domain_encrypt_what_the_page_says(int k, int size, int n, int ring)
    {
        LookupClassParameters lookup = new(n, Curve.StandardDeviation(n), new(4, 3), new(18, 1), 0, KeySwitchRing: ring);
        BigKeyParameters big = new(k, size, Curve.StandardDeviation(k * size));
        using ClientKey key = ClientKey.Generate(new ParameterSet(Curve, big, [lookup]), SeedSource.OperatingSystem);
        using SeededEvaluationKey evaluation = KeyGenerator.CreateSeeded(key);
        bool narrow = n == 700;
        Assert.That(lookup.UsesNarrowKeySwitchWords, Is.EqualTo(narrow));
        int blocks = ring / (narrow ? 4 : 2);
        double tolerance = Tolerance(lookup.StandardDeviation, narrow ? Math.Pow(2.0, -33) : 0.0);
        ulong[] secret = Reversed(key.Small[0].Masks, ring);
        for (int polynomial = 0; polynomial * ring < k * size; polynomial++)
        {
            int first = polynomial * ring;
            ulong[] message = Reversed(key.Big.Masks[first..Math.Min(first + ring, k * size)], ring);
            for (int level = 1; level <= lookup.KeySwitch.Level; level++)
            {
                ulong[] mask = Mask(evaluation.Seed, (4UL << 56) + (ulong)polynomial, (level - 1) * blocks, blocks, narrow);
                foreach (int coefficient in (int[])[0, 1, ring / 2, ring - 1])
                {
                    ulong body = Element(evaluation.Classes[0].KeySwitchBodies, polynomial, narrow)[((level - 1) * ring) + coefficient];
                    ulong phase = narrow ? body << 32 : body;
                    for (int power = 0; power < ring; power++)
                    {
                        int other = coefficient - power;
                        phase -= other >= 0 ? mask[power] * secret[other] : 0 - (mask[power] * secret[other + ring]);
                    }

                    phase -= message[coefficient] << (64 - (level * lookup.KeySwitch.BaseLog));
                    Assert.That(Math.Abs((double)(long)phase) * Math.Pow(2.0, -64), Is.LessThan(tolerance));
                }
            }
        }
    }

    /// <summary>Bits s as the polynomial s(1/X) = s_0 - s_1 X^(M-1) - s_2 X^(M-2) - ...</summary>
    private static ulong[] Reversed(ReadOnlySpan<ulong> bits, int size)
    {
        ulong[] polynomial = new ulong[size];
        polynomial[0] = bits[0] & 1;
        for (int j = 1; j < bits.Length; j++)
            polynomial[size - j] = 0 - (bits[j] & 1);
        return polynomial;
    }

    [TestCase(0, 1)]
    [TestCase(29, 1)]
    [TestCase(29, 2)]
    public void Rows_of_a_bootstrapping_key_encrypt_what_the_page_says(int bits, int words)
    {
        ParameterSet parameters =
            bits == 0 ? Parameters
            : words == 1 ? Short
            : Pairs;
        using ClientKey key = ClientKey.Generate(parameters, SeedSource.OperatingSystem);
        using SeededEvaluationKey evaluation = KeyGenerator.CreateSeeded(key);
        int n = Parameters.BigKey.PolynomialSize;
        int k = Parameters.BigKey.GlweDimension;
        LookupClassParameters lookup = parameters.Classes[0];
        double tolerance = Tolerance(parameters.BigKey.StandardDeviation, bits == 0 ? 0.0 : Math.Pow(2.0, -bits - 1));
        foreach (int element in (int[])[0, 1, lookup.BootstrapElements - 1])
            for (int component = 0; component <= k; component++)
            for (int level = 1; level <= lookup.Bootstrap.Level; level++)
            {
                int row = (component * lookup.Bootstrap.Level) + level - 1;
                ulong[] mask = Mask(evaluation.Seed, (2UL << 56) + (ulong)element, row * k * n / 2, k * n / 2, narrow: false);
                ulong[] body = Element(evaluation.Classes[0].BootstrapBodies, element)[(row * n)..((row + 1) * n)];
                Assert.That(bits != 0 && body.Any(word => word << bits != 0), Is.False, "bits behind those that are kept");
                ulong bit = (Message(key.Small[0].Masks, element, words) & 1) << (64 - (level * lookup.Bootstrap.BaseLog));
                foreach (int coefficient in (int[])[0, 1, n - 1])
                {
                    ulong phase = body[coefficient];
                    for (int part = 0; part < k; part++)
                        phase -= Product(mask.AsSpan(part * n, n), key.Big.Masks.Slice(part * n, n), coefficient);
                    if (component < k)
                        phase += bit * (key.Big.Masks[(component * n) + coefficient] & 1);
                    else if (coefficient == 0)
                        phase -= bit;
                    double error = Math.Abs((double)(long)phase) * Math.Pow(2.0, -64);
                    Assert.That(error, Is.LessThan(tolerance));
                }
            }
    }

    private static ulong Message(ReadOnlySpan<ulong> bits, int element, int words)
    {
        if (words == 1)
            return bits[element];
        ulong s = bits[element / 3 * 2];
        ulong t = bits[element / 3 * 2 + 1];
        return (element % 3) switch
        {
            0 => s & (1 - (t & 1)),
            1 => t & (1 - (s & 1)),
            _ => s & t,
        };
    }

    [TestCase(60, 16, 4, 3, 0)]
    [TestCase(60, 16, 4, 3, 25)]
    [TestCase(188, 8, 4, 9, 0)]
    [TestCase(188, 8, 4, 9, 41)]
    public void Rows_of_a_packing_key_encrypt_what_the_page_says(int rank, int size, int baseLog, int levels, int bits)
    {
        OutputCompression compression = new(rank, size, Curve.StandardDeviation(rank * size), new(baseLog, levels), 20, bits);
        ParameterSet parameters = new(Curve, Parameters.BigKey, Parameters.Classes, compression);
        using ClientKey key = ClientKey.Generate(parameters, SeedSource.OperatingSystem);
        using SeededEvaluationKey evaluation = KeyGenerator.CreateSeeded(key);
        bool narrow = compression.Shape.IsNarrow;
        Assert.That(narrow, Is.EqualTo(size == 16));
        int dimension = rank * size;
        int blocks = narrow ? (dimension + 3) / 4 : (dimension + 1) / 2;
        double rounding = bits > 0 ? Math.Pow(2.0, -bits - 1) : 0.0;
        double tolerance = Tolerance(compression.StandardDeviation, rounding + (narrow ? Math.Pow(2.0, -33) : 0.0));
        foreach (int index in (int[])[0, 1, Parameters.BigKey.LweDimension - 1])
            for (int level = 1; level <= levels; level++)
            {
                ulong[] mask = Mask(evaluation.Seed, (3UL << 56) + (ulong)index, (level - 1) * blocks, blocks, narrow);
                for (int coefficient = 0; coefficient < size; coefficient++)
                {
                    ulong body = Element(evaluation.Packing!.Bodies, index, narrow)[((level - 1) * size) + coefficient];
                    ulong phase = narrow ? body << 32 : body;
                    for (int part = 0; part < dimension; part += size)
                        phase -= Product(mask.AsSpan(part, size), key.Output!.Masks.Slice(part, size), coefficient);
                    if (coefficient == 0)
                        phase -= (key.Big.Masks[index] & 1) << (64 - (level * baseLog));
                    Assert.That(Math.Abs((double)(long)phase) * Math.Pow(2.0, -64), Is.LessThan(tolerance));
                }
            }
    }

    /// <summary>The words of an element, read bit by bit as the page says: from the lowest bit of its first byte on, kept bits at the top.</summary>
    private static ulong[] Element(PackedBodies bodies, int index, bool narrow = false)
    {
        long start = index * ((((long)bodies.Words * bodies.Bits) + 7) / 8);
        ulong[] words = new ulong[bodies.Words];
        for (int word = 0; word < words.Length; word++)
        for (int bit = 0; bit < bodies.Bits; bit++)
        {
            long place = ((long)word * bodies.Bits) + bit;
            ulong one = (ulong)(bodies.Bytes.Slice(start + (place >> 3), 1)[0] >> (int)(place & 7)) & 1;
            words[word] |= one << (bit + (narrow ? 32 : 64) - bodies.Bits);
        }

        return words;
    }

    // ten standard deviations, and half a step where words are rounded
    private static double Tolerance(double deviation, double rounding) => (10 * deviation) + rounding + Math.Pow(2.0, -62);

    /// <summary>Coefficient of mask times secret modulo X^n + 1.</summary>
    private static ulong Product(ReadOnlySpan<ulong> mask, ReadOnlySpan<ulong> secret, int coefficient)
    {
        ulong sum = 0;
        for (int power = 0; power < mask.Length; power++)
        {
            int other = coefficient - power;
            sum += other >= 0 ? mask[power] & secret[other] : 0 - (mask[power] & secret[other + mask.Length]);
        }

        return sum;
    }

    private static ulong[] Mask(ReadOnlySpan<byte> seed, ulong stream, int first, int blocks, bool narrow)
    {
        using Aes aes = Aes.Create();
        aes.Key = seed.ToArray();
        byte[] counters = new byte[16 * blocks];
        for (int block = 0; block < blocks; block++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(counters.AsSpan(16 * block), stream);
            BinaryPrimitives.WriteUInt64BigEndian(counters.AsSpan((16 * block) + 8), (ulong)(first + block));
        }

        byte[] mask = aes.EncryptEcb(counters, PaddingMode.None);
        return narrow
            ?
            [
                .. Enumerable
                    .Range(0, 4 * blocks)
                    .Select(word => (ulong)BinaryPrimitives.ReadUInt32LittleEndian(mask.AsSpan(4 * word)) << 32),
            ]
            : [.. Enumerable.Range(0, 2 * blocks).Select(word => BinaryPrimitives.ReadUInt64LittleEndian(mask.AsSpan(8 * word)))];
    }
}
