using System.Numerics;

namespace ConcreteMl.Tfhe;

/// <summary>The one key under which every ciphertext of a circuit lives: GLWE dimension k, polynomial size N, LWE dimension kN.</summary>
/// <param name="GlweDimension">k, 1 to 6.</param>
/// <param name="PolynomialSize">N, a power of two from 256 to 65536.</param>
/// <param name="StandardDeviation">Noise of fresh ciphertexts and of the bootstrapping key, torus standard deviation.</param>
public sealed record BigKeyParameters(int GlweDimension, int PolynomialSize, double StandardDeviation)
{
    /// <summary>k.</summary>
    public int GlweDimension { get; } =
        GlweDimension is >= 1 and <= 6
            ? GlweDimension
            : throw new ArgumentOutOfRangeException(nameof(GlweDimension), GlweDimension, "k must be 1 to 6");

    /// <summary>N; kN is at most 2^17.</summary>
    public int PolynomialSize { get; } =
        PolynomialSize is >= 256 and <= 65536 && BitOperations.IsPow2(PolynomialSize) && GlweDimension * PolynomialSize <= 131072
            ? PolynomialSize
            : throw new ArgumentOutOfRangeException(
                nameof(PolynomialSize),
                PolynomialSize,
                "N must be a power of two from 256 to 65536 and kN at most 131072"
            );

    /// <summary>Torus standard deviation, finite and in [0, 1/4).</summary>
    public double StandardDeviation { get; } =
        StandardDeviation is >= 0.0 and < 0.25
            ? StandardDeviation
            : throw new ArgumentOutOfRangeException(nameof(StandardDeviation), StandardDeviation, "standard deviation must be in [0, 1/4)");

    /// <summary>Dimension kN of a ciphertext; it takes kN + 1 words, mask first and body last.</summary>
    public int LweDimension => GlweDimension * PolynomialSize;

    /// <summary>Words of one ciphertext, kN + 1.</summary>
    public int LweSize => LweDimension + 1;

    /// <summary>Torus variance of fresh noise.</summary>
    public double Variance => StandardDeviation * StandardDeviation;
}
