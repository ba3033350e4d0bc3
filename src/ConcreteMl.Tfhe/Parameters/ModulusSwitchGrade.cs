using System.Collections.Concurrent;

namespace ConcreteMl.Tfhe;

/// <summary>
/// The graded modulus switch of an extended bootstrap. A mask word that is a multiple of 2^j costs 2^(nu - j) external
/// products, and which grid a word is rounded to depends on the public mask alone: each word takes the grid with the least
/// sum of squared error and products, a product counting grade / (8 * 2^nu) squared steps. Grade 0 rounds to the nearest
/// step; larger ones trade noise for speed, continuously between one extension and the next. The idea is the companion modulus switch of
/// Bergerat et al., "Accelerating TFHE with Sorted Bootstrapping Techniques", ASIACRYPT 2025, ePrint 2025/2214.
/// </summary>
public static class ModulusSwitchGrade
{
    /// <summary>The largest grade; from about 24 on nothing changes.</summary>
    public const int Most = 32;

    private const int PointsPerStep = 64;
    private const int LeastPointsPerStep = 8;
    private const int Points = 4096;
    private static readonly ConcurrentDictionary<(int Nu, int Grade), (double[] Shares, double Error)> Means = new();

    /// <summary>Mean external products of a mask word.</summary>
    public static double ProductsPerWord(int nu, int grade) =>
        MeansOf(nu, grade).Shares.Select((share, valuation) => share * (1 << (nu - valuation))).Sum();

    /// <summary>Mean squared rounding error of a mask word, in those of rounding to the nearest step.</summary>
    public static double ErrorFactor(int nu, int grade) => MeansOf(nu, grade).Error;

    /// <summary>Shares of the mask words by 2-adic valuation, from 0 to nu (which stands for all that are multiples of 2^nu).</summary>
    internal static ReadOnlySpan<double> Shares(int nu, int grade) => MeansOf(nu, grade).Shares;

    /// <summary>Squared steps that an external product counts.</summary>
    internal static double ProductPrice(int nu, int grade) => grade / (8.0 * (1 << nu));

    private static (double[] Shares, double Error) MeansOf(int nu, int grade) =>
        Means.GetOrAdd((nu, grade), key => key.Grade == 0 ? (NearestShares(key.Nu), 1.0) : Integrate(key.Nu, key.Grade));

    // half of the words are odd, a quarter has valuation 1, and so on
    private static double[] NearestShares(int nu) => [.. Enumerable.Range(0, nu).Select(j => Math.Pow(2.0, -j - 1)), Math.Pow(2.0, -nu)];

    /// <summary>Means over a word's place among the multiples of 2^nu, by the midpoint rule.</summary>
    private static (double[] Shares, double Error) Integrate(int nu, int grade)
    {
        double price = ProductPrice(nu, grade);
        // many steps take fewer points each: the means do not change beyond the fourth digit
        int perStep = Math.Clamp(Points >> nu, LeastPointsPerStep, PointsPerStep);
        int points = perStep << nu;
        double[] shares = new double[nu + 1];
        double error = 0.0;
        for (int i = 0; i < points; i++)
        {
            double place = (i + 0.5) / perStep;
            (double Weight, int Valuation, double Error) best = (double.PositiveInfinity, 0, 0.0);
            for (int j = nu; j >= 0; j--)
            {
                double difference = Math.ScaleB(Math.Round(Math.ScaleB(place, -j)), j) - place;
                double weight = difference * difference + price * (1 << (nu - j));
                if (weight < best.Weight)
                    best = (weight, j, difference * difference);
            }
            shares[best.Valuation] += 1.0 / points;
            error += best.Error;
        }
        return (shares, 12.0 * error / points);
    }
}
