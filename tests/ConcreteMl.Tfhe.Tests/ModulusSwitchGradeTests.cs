using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests;

/// <summary>The graded modulus switch: what it costs and what it adds, against its predicted means.</summary>
[TestFixture]
internal sealed class ModulusSwitchGradeTests
{
    private const int Words = 40_000;

    [TestCase(1, 0)]
    [TestCase(4, 0)]
    [TestCase(1, 8)]
    [TestCase(2, 12)]
    [TestCase(3, 4)]
    [TestCase(4, 8)]
    [TestCase(6, 24)]
    public void Products_and_errors_of_random_words_are_as_predicted(int nu, int grade)
    {
        (double products, double error) = Measure(nu, grade);
        Assert.That(products, Is.EqualTo(ModulusSwitchGrade.ProductsPerWord(nu, grade)).Within(0.03 * (1 << nu)));
        Assert.That(error, Is.EqualTo(ModulusSwitchGrade.ErrorFactor(nu, grade)).Within(4.0).Percent);
    }

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(5)]
    public void Higher_grades_cost_fewer_products_and_more_noise(int nu)
    {
        for (int grade = 1; grade <= ModulusSwitchGrade.Most; grade++)
        {
            Assert.That(
                ModulusSwitchGrade.ProductsPerWord(nu, grade),
                Is.LessThanOrEqualTo(ModulusSwitchGrade.ProductsPerWord(nu, grade - 1) + 1e-9)
            );
            Assert.That(
                ModulusSwitchGrade.ErrorFactor(nu, grade),
                Is.GreaterThanOrEqualTo(ModulusSwitchGrade.ErrorFactor(nu, grade - 1) - 1e-3)
            );
        }
    }

    [Test]
    public void Grade_zero_rounds_every_word_to_the_nearest_step()
    {
        (BigKeyParameters big, LookupClassParameters lookup) = Shape(3, 0);
        ulong[] words = RandomWords();
        int[] graded = new int[words.Length];
        int[] plain = new int[words.Length];
        CenteredModulusSwitch.Switch(words, big, lookup, graded);
        CenteredModulusSwitch.Switch(words, CenteredModulusSwitch.LogModulus(big, lookup), plain);
        Assert.That(graded, Is.EqualTo(plain));
    }

    [TestCase(0)]
    [TestCase(8)]
    [TestCase(16)]
    public void The_decrypted_phase_keeps_the_predicted_variance(int grade)
    {
        const int dimension = 500;
        const int trials = 3000;
        BigKeyParameters big = new(1, 256, 0.0);
        LookupClassParameters lookup = new(dimension, 0.0, new GadgetDecomposition(5, 4), new GadgetDecomposition(15, 2), 3, grade);
        int logModulus = CenteredModulusSwitch.LogModulus(big, lookup);
        Random random = new(11);
        ulong[] key = [.. Enumerable.Range(0, dimension).Select(_ => (ulong)random.Next(2))];
        double squares = 0.0;
        for (int trial = 0; trial < trials; trial++)
        {
            ulong[] words = [.. Enumerable.Range(0, dimension + 1).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue))];
            int[] switched = new int[dimension + 1];
            CenteredModulusSwitch.Switch(words, big, lookup, switched);
            ulong phase = words[dimension];
            int cell = switched[dimension];
            for (int i = 0; i < dimension; i++)
            {
                phase -= words[i] * key[i];
                cell -= switched[i] * (int)key[i];
            }
            double error = Torus.ToDouble(phase - ((ulong)cell << (64 - logModulus))) - 0.5 / (1 << logModulus);
            squares += error * error;
        }
        // the position inside a cell is uniform and is no error of the lookup
        double measured = squares / trials - 1.0 / 12.0 / Math.Pow(4.0, logModulus);
        Assert.That(measured, Is.EqualTo(NoiseModel.Golden.ModulusSwitchVariance(big, lookup)).Within(15).Percent);
    }

    private static (double Products, double Error) Measure(int nu, int grade)
    {
        (BigKeyParameters big, LookupClassParameters lookup) = Shape(nu, grade);
        int shift = 64 - CenteredModulusSwitch.LogModulus(big, lookup);
        ulong[] words = RandomWords();
        int[] switched = new int[words.Length];
        CenteredModulusSwitch.Switch(words, big, lookup, switched);
        double products = 0.0;
        double error = 0.0;
        for (int i = 0; i < Words; i++)
        {
            products += (1 << nu) >> Math.Min(int.TrailingZeroCount(switched[i]), nu);
            double steps = (long)(((ulong)switched[i] << shift) - words[i]) / Math.Pow(2.0, shift);
            error += 12.0 * steps * steps;
        }
        return (products / Words, error / Words);
    }

    private static ulong[] RandomWords()
    {
        Random random = new(7);
        return [.. Enumerable.Range(0, Words + 1).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue))];
    }

    private static (BigKeyParameters, LookupClassParameters) Shape(int nu, int grade) =>
        (new BigKeyParameters(1, 1024, 0.0), new LookupClassParameters(1, 0.0, new(5, 4), new(15, 2), nu, grade));
}
