using System.Numerics;

namespace ConcreteMl.Tfhe;

/// <summary>
/// How a lookup class reads wide operands: every bit is extracted, from the lowest on, by a blind rotation that also gives the digits of a
/// GGSW encryption of the bit (<paramref name="Selector"/>); these select the entry among all 2^p, and one more bootstrap of the class,
/// at its nu and grade, reads the selected code and returns it with the noise of a blind rotation.
/// Bits from the lowest on, circuit bootstrapping and vertical packing: Chillotti et al., ASIACRYPT 2017, and Bergerat et al., JoC 2023;
/// LWE to GLWE by a trace and GLWE to GGSW by products with the key: Wang et al., ePrint 2024/323.
/// </summary>
/// <param name="Selector">Decomposition of the products that select an entry.</param>
/// <param name="Switch">Decomposition of the key switches that turn a digit of a bit into rows of its GGSW encryption.</param>
public sealed record WideLookup(GadgetDecomposition Selector, GadgetDecomposition Switch)
{
    /// <summary>Results of the blind rotation of a bit: the bit at its own place, and one a level of the selector.</summary>
    internal int ResultsPerBit => Selector.Level + 1;

    /// <summary>log2 of the steps that the results of a bit leave of 2N.</summary>
    internal int LogModulus(BigKeyParameters big) =>
        BitOperations.Log2((uint)big.PolynomialSize) + 1 - LookupTables.LogSpread(ResultsPerBit);

    /// <summary>Elements of a wide lookup's key under <paramref name="big"/>.</summary>
    public static int ElementCount(BigKeyParameters big) => Elements(big);

    /// <summary>Key elements: a key switch for each automorphism of the trace, and one product for each polynomial of the big key.</summary>
    internal static int Elements(BigKeyParameters big) => Automorphisms(big) + big.GlweDimension;

    /// <summary>Automorphisms of the trace, log2 N.</summary>
    internal static int Automorphisms(BigKeyParameters big) => BitOperations.Log2((uint)big.PolynomialSize);

    /// <summary>g: automorphism <paramref name="index"/> sends X to X^g. Each doubles the coefficients that the next one works on and cancels the others.</summary>
    internal static int Exponent(BigKeyParameters big, int index) => (big.PolynomialSize >> index) + 1;

    /// <summary>Bytes of the expanded key.</summary>
    internal long ExpandedBytes(BigKeyParameters big)
    {
        long columns = big.GlweDimension + 1;
        return Elements(big) * columns * columns * Switch.Level * big.PolynomialSize * sizeof(double);
    }
}
