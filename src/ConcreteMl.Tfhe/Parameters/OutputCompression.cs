using System.Numerics;

namespace ConcreteMl.Tfhe;

/// <summary>
/// How outputs are made small before they are sent: a packing key switch puts up to N' ciphertexts into one GLWE ciphertext of k'
/// mask polynomials, and a modulus switch keeps the highest bits of each word. A value then takes (k' + 1) words of a few bits
/// instead of kN + 1 of 64.
/// </summary>
/// <param name="GlweDimension">k', 1 to 4096.</param>
/// <param name="PolynomialSize">N', a power of two from 1 (one value a ciphertext) to 1024.</param>
/// <param name="StandardDeviation">Noise of the packing key, torus standard deviation.</param>
/// <param name="KeySwitch">Decomposition of the packing key switch from kN.</param>
/// <param name="ModulusBits">Bits of each word that is sent, 2 to 63.</param>
/// <param name="BodyBits">Bits that the packing key keeps of each body word, see <see cref="BodyWidth"/>; 0: all of its 32 or 64.</param>
public sealed record OutputCompression(
    int GlweDimension,
    int PolynomialSize,
    double StandardDeviation,
    GadgetDecomposition KeySwitch,
    int ModulusBits,
    int BodyBits = 0
)
{
    /// <summary>k'; k'N' is at most 4096.</summary>
    public int GlweDimension { get; } =
        GlweDimension is >= 1 and <= 4096
            ? GlweDimension
            : throw new ArgumentOutOfRangeException(nameof(GlweDimension), GlweDimension, "k' must be 1 to 4096");

    /// <summary>N'.</summary>
    public int PolynomialSize { get; } =
        PolynomialSize is >= 1 and <= 1024 && BitOperations.IsPow2(PolynomialSize) && (long)GlweDimension * PolynomialSize <= 4096
            ? PolynomialSize
            : throw new ArgumentOutOfRangeException(
                nameof(PolynomialSize),
                PolynomialSize,
                "N' must be a power of two from 1 to 1024 and k'N' at most 4096"
            );

    /// <summary>Torus standard deviation, finite and in [0, 1/4).</summary>
    public double StandardDeviation { get; } =
        StandardDeviation is >= 0.0 and < 0.25
            ? StandardDeviation
            : throw new ArgumentOutOfRangeException(nameof(StandardDeviation), StandardDeviation, "standard deviation must be in [0, 1/4)");

    /// <summary>Bits of each word that is sent.</summary>
    public int ModulusBits { get; } =
        ModulusBits is >= 2 and <= 63
            ? ModulusBits
            : throw new ArgumentOutOfRangeException(nameof(ModulusBits), ModulusBits, "a word must have 2 to 63 bits");

    /// <summary>Bits of a body word of the packing key; 0: all of them.</summary>
    public int BodyBits { get; } =
        BodyWidth.IsLegal(BodyBits, KeySwitchShape.Of(1, 1, KeySwitch, StandardDeviation).WordBits)
            ? BodyBits
            : throw new ArgumentOutOfRangeException(
                nameof(BodyBits),
                BodyBits,
                "bodies of a packing key must keep from 8 bits to one less than their words have, or all (0)"
            );

    /// <summary>k'N', mask words of a ciphertext that is sent.</summary>
    public int Dimension => GlweDimension * PolynomialSize;

    /// <summary>Torus variance of the packing key's noise.</summary>
    public double Variance => StandardDeviation * StandardDeviation;

    /// <summary>Rows of the packing key.</summary>
    internal KeySwitchShape Shape =>
        KeySwitchShape.Of(Dimension, PolynomialSize, KeySwitch, StandardDeviation) with
        {
            BodyBits = BodyBits,
        };

    /// <summary>Values that share the ciphertext of value <paramref name="index"/> of <paramref name="count"/>.</summary>
    public int Packed(long index, long count) => (int)Math.Min(PolynomialSize, count - index / PolynomialSize * PolynomialSize);

    /// <summary>Bytes that <paramref name="count"/> values take as they are sent.</summary>
    public long ByteCountOf(long count) => PackedCiphertexts.ByteCountOf(count, Dimension, ModulusBits, PolynomialSize);
}
