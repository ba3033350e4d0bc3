using System.Numerics;

namespace ConcreteMl.Tfhe;

/// <summary>A class of lookups: a small key and the two decompositions under it.</summary>
/// <param name="SmallDimension">n, dimension of the small key.</param>
/// <param name="StandardDeviation">Noise of the key-switching key, torus standard deviation.</param>
/// <param name="KeySwitch">Decomposition of the key switch kN to n.</param>
/// <param name="Bootstrap">Decomposition of the blind rotation.</param>
/// <param name="Nu">Extension: 2^nu polynomials of size N act as one of size N * 2^nu; 0 is the ordinary bootstrap.</param>
/// <param name="Grade">How far the modulus switch trades its noise for cheaper mask words, see <see cref="ModulusSwitchGrade"/>.</param>
/// <param name="KeySwitchRing">
/// M: the key switch is done in the Fourier domain, on polynomials of size M, and the small key is known to be zero from coefficient n on;
/// 0: by inner products with an LWE key.
/// </param>
/// <param name="BodyBits">Bits that the bootstrapping key keeps of each body word, see <see cref="BodyWidth"/>; 0: all 64.</param>
/// <param name="Wide">
/// How operands of many bits are read bit by bit; null where one blind rotation reads the whole code. Nu and grade are then those of the
/// bootstrap that reads the selected code.
/// </param>
/// <param name="KeyOf">
/// An earlier class whose bootstrapping key serves this one too: the small key is then the start of that class's, and this decomposition has
/// bases and levels that are found among the other's. Null: the class has a key of its own.
/// </param>
/// <param name="WordsPerStep">
/// Mask words that a step of the blind rotation takes: 1, or 2 under a key with three elements a pair, which encrypt s(1 - t), t(1 - s) and st of
/// its bits s and t.
/// </param>
public sealed record LookupClassParameters(
    int SmallDimension,
    double StandardDeviation,
    GadgetDecomposition KeySwitch,
    GadgetDecomposition Bootstrap,
    int Nu,
    int Grade = 0,
    int KeySwitchRing = 0,
    int BodyBits = 0,
    WideLookup? Wide = null,
    int? KeyOf = null,
    int WordsPerStep = 1
)
{
    /// <summary>n.</summary>
    public int SmallDimension { get; } =
        SmallDimension is >= 1 and <= 4096
            ? SmallDimension
            : throw new ArgumentOutOfRangeException(nameof(SmallDimension), SmallDimension, "n must be 1 to 4096");

    /// <summary>Torus standard deviation, finite and in [0, 1/4).</summary>
    public double StandardDeviation { get; } =
        StandardDeviation is >= 0.0 and < 0.25
            ? StandardDeviation
            : throw new ArgumentOutOfRangeException(nameof(StandardDeviation), StandardDeviation, "standard deviation must be in [0, 1/4)");

    /// <summary>The largest extension: 16 input bits at two cells a box of N = 256 take 2^9 polynomials, and low noise eight times as many.</summary>
    internal const int MostNu = 12;

    /// <summary>The widest operand that is read bit by bit.</summary>
    internal const int MostWideBits = 16;

    /// <summary>Extension exponent, 0 to 12.</summary>
    public int Nu { get; } =
        Nu is >= 0 and <= MostNu ? Nu : throw new ArgumentOutOfRangeException(nameof(Nu), Nu, $"nu must be 0 to {MostNu}");

    /// <summary>Grade of the modulus switch, 0 (round every word to the nearest) to <see cref="ModulusSwitchGrade.Most"/>.</summary>
    public int Grade { get; } =
        Grade is >= 0 and <= ModulusSwitchGrade.Most
            ? Grade
            : throw new ArgumentOutOfRangeException(nameof(Grade), Grade, $"the grade must be 0 to {ModulusSwitchGrade.Most}");

    /// <summary>M, a power of two from 256 to 4096 and at least n; 0 where no ring is used.</summary>
    public int KeySwitchRing { get; } =
        KeySwitchRing == 0
        || (KeySwitchRing is >= 256 and <= 4096 && BitOperations.IsPow2(KeySwitchRing) && KeySwitchRing >= SmallDimension)
            ? KeySwitchRing
            : throw new ArgumentOutOfRangeException(
                nameof(KeySwitchRing),
                KeySwitchRing,
                "the ring of the key switch must be 0, or a power of two from 256 to 4096 that is at least n"
            );

    /// <summary>Bits of a body word of the bootstrapping key, 8 to 63; 0: all 64.</summary>
    public int BodyBits { get; } =
        BodyWidth.IsLegal(BodyBits, 64)
            ? BodyBits
            : throw new ArgumentOutOfRangeException(
                nameof(BodyBits),
                BodyBits,
                "bodies of a bootstrapping key must keep 8 to 63 bits, or all (0)"
            );

    /// <summary>1; or 2, where nu is 0, n is even, and operands are read by one blind rotation.</summary>
    public int WordsPerStep { get; } =
        WordsPerStep == 1 || (WordsPerStep == 2 && Nu == 0 && Wide is null && SmallDimension % 2 == 0)
            ? WordsPerStep
            : throw new ArgumentOutOfRangeException(
                nameof(WordsPerStep),
                WordsPerStep,
                "the mask words of a step must be 1, or 2 where nu is 0, n is even and no operand is read bit by bit"
            );

    /// <summary>Key elements of a step of <see cref="WordsPerStep"/> words.</summary>
    internal int ElementsPerStep => WordsPerStep == 1 ? 1 : 3;

    /// <summary>Elements of the bootstrapping key: one a mask word, or three a pair.</summary>
    internal int BootstrapElements => SmallDimension / WordsPerStep * ElementsPerStep;

    /// <summary>Whether the key switch is done in the Fourier domain.</summary>
    public bool UsesFourierKeySwitch => KeySwitchRing > 0;

    /// <summary>Torus variance of the key-switching key's noise.</summary>
    public double Variance => StandardDeviation * StandardDeviation;

    /// <summary>Bits of a body word of the bootstrapping key as it is stored.</summary>
    internal int StoredBodyBits => BodyBits == 0 ? 64 : BodyBits;

    /// <summary>Whether 32-bit words carry the key-switching key: the digits fit and the noise hides the rounding.</summary>
    public bool UsesNarrowKeySwitchWords => KeySwitchShape.IsNarrow;

    /// <summary>Rows of the key-switching key.</summary>
    internal KeySwitchShape KeySwitchShape =>
        UsesFourierKeySwitch
            ? KeySwitchShape.Of(KeySwitchRing, KeySwitchRing, KeySwitch, StandardDeviation)
            : KeySwitchShape.Of(SmallDimension, 1, KeySwitch, StandardDeviation);

    /// <summary>Elements of the key-switching key: the big key's bits, or its polynomials of size M, the last one filled up.</summary>
    internal int KeySwitchElements(BigKeyParameters big) =>
        UsesFourierKeySwitch ? (big.LweDimension + KeySwitchRing - 1) / KeySwitchRing : big.LweDimension;
}
