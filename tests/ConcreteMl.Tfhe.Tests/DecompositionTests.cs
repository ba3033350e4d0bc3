using FsCheck;
using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests;

/// <summary>The balanced gadget decomposition, torus encodings and the centered modulus switch.</summary>
[TestFixture]
internal sealed class DecompositionTests
{
    private static readonly (int BaseLog, int Level)[] Gadgets =
    [
        (1, 1),
        (2, 11),
        (3, 5),
        (4, 4),
        (5, 3),
        (15, 2),
        (23, 1),
        (12, 5),
        (30, 2),
        (1, 62),
    ];

    private static IEnumerable<ulong> Words()
    {
        Random random = new(3);
        ulong[] edges = [0, 1, 1UL << 63, (1UL << 63) - 1, ulong.MaxValue, 1UL << 62, 3UL << 62, 1UL << 40, 0x8000_0100_0000_0000];
        return edges.Concat(Enumerable.Range(0, 2000).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue)));
    }

    [TestCaseSource(nameof(Gadgets))]
    public void Digits_recompose_to_the_closest_multiple((int BaseLog, int Level) shape)
    {
        GadgetDecomposition gadget = new(shape.BaseLog, shape.Level);
        int[] digits = new int[gadget.Level];
        foreach (ulong word in Words())
        {
            gadget.Decompose(word, digits);
            ulong sum = 0;
            for (int level = 0; level < digits.Length; level++)
            {
                Assert.That(Math.Abs((long)digits[level]), Is.LessThanOrEqualTo(1L << (gadget.BaseLog - 1)));
                sum += (ulong)(long)digits[level] * gadget.Factor(level + 1);
            }
            Assert.That(Math.Abs((long)(word - sum)), Is.LessThanOrEqualTo(1L << (63 - gadget.Bits)));
        }
    }

    [Test]
    public void Digits_have_no_mean()
    {
        GadgetDecomposition gadget = new(2, 6);
        Random random = new(9);
        int[] digits = new int[6];
        double[] sums = new double[6];
        const int count = 400_000;
        for (int i = 0; i < count; i++)
        {
            gadget.Decompose((ulong)random.NextInt64(long.MinValue, long.MaxValue), digits);
            for (int level = 0; level < 6; level++)
                sums[level] += digits[level];
        }
        // a digit's deviation is sqrt((B^2 + 2) / 12) = 1.22
        Assert.That(sums, Has.All.EqualTo(0.0).Within(6.0 * 1.3 * Math.Sqrt(count)));
    }

    [Test]
    public void Encoding_and_decoding_are_inverse_for_every_code()
    {
        for (int bits = 1; bits <= 10; bits++)
        for (long code = -(1L << bits); code < 1L << bits; code++)
        {
            ulong noisy = Torus.Encode(code, bits) + (1UL << (62 - bits)) - 1;
            Assert.That(Torus.DecodeSigned(noisy, bits), Is.EqualTo(code));
            Assert.That(Torus.DecodeUnsigned(noisy, bits), Is.EqualTo((ulong)code & ((2UL << bits) - 1)));
        }
    }

    [FsCheck.NUnit.Property]
    public bool Doubles_become_the_nearest_torus_words(NormalFloat value)
    {
        double turn = value.Get - Math.Round(value.Get);
        double error = Torus.ToDouble(Torus.FromDouble(value.Get)) - turn;
        return Math.Abs(error - Math.Round(error)) <= Math.Pow(2.0, -64);
    }

    [Test]
    public void The_modulus_switch_error_is_centered_and_halved()
    {
        const int dimension = 500;
        const int logModulus = 12;
        const int trials = 4000;
        Random random = new(4);
        ulong[] key = [.. Enumerable.Range(0, dimension).Select(_ => (ulong)random.Next(2))];
        double sum = 0.0;
        double squares = 0.0;
        for (int trial = 0; trial < trials; trial++)
        {
            ulong[] words = [.. Enumerable.Range(0, dimension + 1).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue))];
            int[] switched = new int[dimension + 1];
            CenteredModulusSwitch.Switch(words, logModulus, switched);
            ulong phase = words[dimension];
            int cell = switched[dimension];
            for (int i = 0; i < dimension; i++)
            {
                phase -= words[i] * key[i];
                cell -= switched[i] * (int)key[i];
            }
            // flooring puts the mean of the cell's error at half a cell
            double error = Torus.ToDouble(phase - ((ulong)cell << (64 - logModulus))) - 0.5 / (1 << logModulus);
            sum += error;
            squares += error * error;
        }
        double predicted = NoiseModel.Golden.ModulusSwitchVariance(dimension, logModulus);
        // the position inside a cell is uniform and is no error of the lookup
        double measured = squares / trials - 1.0 / 12.0 / Math.Pow(4.0, logModulus);
        Assert.That(sum / trials, Is.EqualTo(0.0).Within(5.0 * Math.Sqrt(squares / trials / trials)));
        Assert.That(measured / predicted, Is.EqualTo(1.0).Within(0.15));
    }
}
