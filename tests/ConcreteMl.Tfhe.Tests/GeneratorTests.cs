using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests;

/// <summary>The counter-mode generator against the published AES-128 vectors, its forks, and the Gaussian draws.</summary>
[TestFixture]
internal sealed class GeneratorTests
{
    private static readonly byte[] Key = Convert.FromHexString("2b7e151628aed2a6abf7158809cf4f3c");

    // NIST SP 800-38A, F.5.1: counter blocks f0f1..ff and the next three, key stream = ciphertext xor plaintext
    private static readonly byte[] KeyStream = Convert.FromHexString(
        "ec8cdf7398607cb0f2d21675ea9ea1e4362b7c3c6773516318a077d7fc5073ae"
            + "6a2cc3787889374fbeb4c81b17ba6c44e89c399ff0f198c6d40a31db156cabfe"
    );

    [Test]
    public void The_key_stream_is_that_of_the_published_counter_mode_vectors([Values] AesKind kind)
    {
        Assume.That(kind != AesKind.Instructions || AesRoundKeys.IsSupported);
        using AesCounterGenerator generator = new(Key, kind);
        byte[] output = new byte[64];
        generator.Fill(0xf0f1f2f3f4f5f6f7, 0xf8f9fafbfcfdfeff, output);
        Assert.That(output, Is.EqualTo(KeyStream));
    }

    [Test]
    public void Every_kind_makes_the_platforms_bytes_for_any_key_counter_and_length()
    {
        Random random = new(3);
        for (int round = 0; round < 200; round++)
        {
            byte[] key = new byte[16];
            random.NextBytes(key);
            // counters that carry over every byte too
            ulong first = round % 4 == 0 ? ulong.MaxValue - (ulong)random.Next(200) : (ulong)random.NextInt64() >> random.Next(64);
            ulong stream = (ulong)random.NextInt64() << (round % 2);
            byte[] expected = new byte[random.Next(1, 3000)];
            byte[] met = new byte[expected.Length];
            using AesCounterGenerator platform = new(key, AesKind.Platform);
            using AesCounterGenerator software = new(key, AesKind.Software);
            platform.Fill(stream, first, expected);
            software.Fill(stream, first, met);
            Assert.That(met, Is.EqualTo(expected));
            using AesCounterGenerator fastest = new(key);
            fastest.Fill(stream, first, met);
            Assert.That(met, Is.EqualTo(expected));
        }
    }

    [Test]
    public void Any_part_of_a_stream_can_be_made_alone([Values(AesKind.Platform, AesKind.Software)] AesKind kind)
    {
        using AesCounterGenerator generator = new(Key);
        using AesCounterGenerator portable = new(Key, kind);
        byte[] whole = new byte[1000];
        generator.Fill(7, 0, whole);
        foreach (int block in new[] { 0, 1, 7, 8, 33 })
        {
            byte[] part = new byte[Math.Min(333, 1000 - 16 * block)];
            generator.Fill(7, (ulong)block, part);
            Assert.That(part, Is.EqualTo(whole.AsSpan(16 * block, part.Length).ToArray()));
            portable.Fill(7, (ulong)block, part);
            Assert.That(part, Is.EqualTo(whole.AsSpan(16 * block, part.Length).ToArray()));
        }
    }

    [Test]
    public void Streams_and_seeds_differ()
    {
        using AesCounterGenerator first = new(Key);
        using AesCounterGenerator second = new(new byte[16]);
        ulong[] words = new ulong[3];
        first.Fill(1, 0, words.AsSpan(0, 1));
        first.Fill(2, 0, words.AsSpan(1, 1));
        second.Fill(1, 0, words.AsSpan(2, 1));
        Assert.That(words.Distinct().Count(), Is.EqualTo(3));
    }

    [Test]
    public void Gaussian_words_have_the_moments_and_tails_of_the_law()
    {
        const int count = 1 << 20;
        const double deviation = 1.0 / (1 << 20);
        ulong[] words = new ulong[count];
        using AesCounterGenerator generator = new(Key);
        GaussianSampler.Add(generator, 0, deviation, words);
        double[] values = [.. words.Select(word => Torus.ToDouble(word) / deviation)];
        Assert.That(values.Average(), Is.EqualTo(0.0).Within(0.006));
        Assert.That(values.Average(x => x * x), Is.EqualTo(1.0).Within(0.01));
        Assert.That(values.Average(x => x * x * x * x), Is.EqualTo(3.0).Within(0.08));
        foreach ((double bound, double share) in new[] { (1.0, 0.3173105), (2.0, 0.0455003), (3.0, 0.0026998), (4.0, 6.334e-5) })
        {
            double expected = share * count;
            Assert.That(values.Count(x => Math.Abs(x) > bound), Is.EqualTo(expected).Within(6.0 * Math.Sqrt(expected) + 1.0));
        }
    }

    [TestCase(-20)]
    [TestCase(-13)]
    [TestCase(-10)]
    public void The_lowest_bits_of_noise_are_as_likely_one_as_zero(int logDeviation)
    {
        const int count = 1 << 22;
        ulong[] words = new ulong[count];
        using AesCounterGenerator generator = new(Key);
        GaussianSampler.Add(generator, 0, Math.ScaleB(1.0, logDeviation), words);
        for (int bit = 0; bit < 4; bit++)
        {
            long ones = words.Sum(word => (long)((word >> bit) & 1));
            // six deviations of a fair coin; rounding to even missed by dozens
            Assert.That(ones, Is.EqualTo(count / 2).Within(6.0 * Math.Sqrt(count) / 2.0), $"bit {bit}");
        }
        Assert.That(
            words.Average(word => Math.Pow(Torus.ToDouble(word), 2.0)),
            Is.EqualTo(Math.ScaleB(1.0, 2 * logDeviation)).Within(0.5).Percent
        );
    }

    [Test]
    public void The_radius_of_the_smallest_uniform_draw_lies_beyond_eight_deviations()
    {
        // all-zero words are the extreme draw: the smallest uniform number 2^-53 and the angle 0
        ulong[] words = new ulong[16];
        GaussianSampler.Transform(words, 1 << 20);
        Assert.That((long)words[0] / (double)(1 << 20), Is.EqualTo(Math.Sqrt(2.0 * 53.0 * Math.Log(2.0))).Within(1e-5));
        Assert.That((long)words[0] / (double)(1 << 20), Is.GreaterThan(8.0));
    }

    [Test]
    public void Draws_beyond_one_part_in_a_million_have_the_right_frequency_given_the_radius()
    {
        // words with a zero top byte: radius above sqrt(2 ln 256), a tail that plain sampling rarely meets
        const int rounds = 4096;
        ulong[] words = new ulong[16 * rounds];
        using AesCounterGenerator generator = new(Key);
        generator.Fill(3, 0, words);
        for (int i = 0; i < words.Length; i++)
            words[i] = i % 16 < 8 ? words[i] >> 44 : words[i];
        GaussianSampler.Transform(words, 1 << 30);
        double[] squares = new double[8 * rounds];
        for (int i = 0; i < squares.Length; i++)
        {
            double x = (long)words[i / 8 * 16 + i % 8] / (double)(1 << 30);
            double y = (long)words[i / 8 * 16 + 8 + i % 8] / (double)(1 << 30);
            squares[i] = x * x + y * y;
        }
        // given a uniform draw below 2^-44 the squared radius is 88 ln 2 plus an exponential of mean 2 (grid of 2^-53)
        Assert.That(squares.Min(), Is.GreaterThan(88.0 * Math.Log(2.0) - 0.01));
        Assert.That(squares.Average(), Is.EqualTo(88.0 * Math.Log(2.0) + 2.0).Within(0.1));
    }
}
