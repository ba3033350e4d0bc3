namespace ConcreteMl.Tfhe;

/// <summary>
/// Torus variances that the operations add, for binary keys over q = 2^64. The golden model reproduces the published
/// tables; the measured one differs in the error of the Fourier transforms, fitted to this library's kernels, and in the digits of key
/// switches, which are sparser than evenly split ties would make them.
/// </summary>
public sealed class NoiseModel
{
    private const double Modulus = 18446744073709551616.0;
    private const double KeyVariance = 0.25;
    private const double KeySquaredMean = 0.25;

    // a double keeps 53 bits of a 64-bit torus word
    private const double LostBits = 4194304.0;
    private readonly Func<int, int, int, double> _transformFactor;
    private readonly Func<GadgetDecomposition, double> _squaredDigits;

    // what transforms of digits add whatever their base, in units of `LostBits` · level · k (k + 1) N³
    private readonly double _digitMeans;

    private NoiseModel(
        Func<int, int, int, double> transformFactor,
        Func<GadgetDecomposition, double> squaredDigits,
        double digitMeans = 0.0
    )
    {
        _transformFactor = transformFactor;
        _squaredDigits = squaredDigits;
        _digitMeans = digitMeans;
    }

    /// <summary>The formulas behind the golden optimizer tables.</summary>
    public static NoiseModel Golden { get; } =
        new((k, n, level) => Math.Pow(2.0, -2.57722494) * level * Math.Pow(n, 2.0) * (k + 1), EvenDigits);

    /// <summary>
    /// The transform error of this library's kernels: 0.93 to 1.08 times the fit c * k^1.22 * N^2.22 * (k + 1)^1.018 *
    /// level^1.018 with c = 0.00705 over 20 keys at five sets of sizes 512 to 8192; taken with c = 0.0078, with which whole
    /// blind rotations have 0.95 to 1.01 times the predicted variance at six sets (60 keys, 50 rotations each). That is relative to the digits,
    /// whose mean is -1/2 at every base: a spectral value as large as N / pi, whose rounding is seen from bases of 2^4 down. Its constant,
    /// 0.0012, is the mean of 0.0008 to 0.0015 at bases 2 and 4, N = 1024 to 4096, k = 1 to 4 (96 rotations each; pairs of words 2.2 to 2.5 times
    /// that, where the formula has 3).
    /// </summary>
    public static NoiseModel Measured { get; } =
        new(
            (k, n, level) => 0.0078 * Math.Pow(level, 1.01827) * Math.Pow(k, 1.22003) * Math.Pow(n, 2.22003) * Math.Pow(k + 1, 1.01827),
            SparseDigits,
            0.0012
        );

    /// <summary>Variance of the key switch from <paramref name="inputDimension"/>, whose key noise has <paramref name="keyVariance"/>.</summary>
    public double KeySwitchVariance(int inputDimension, GadgetDecomposition gadget, double keyVariance)
    {
        double range = Math.Pow(4.0, gadget.Bits);
        double rounding = (Modulus / range * (Modulus / 12.0) - 1.0 / 12.0) * (KeyVariance + KeySquaredMean);
        return inputDimension
            * (rounding / Modulus / Modulus + KeyVariance / 4.0 / Modulus / Modulus + keyVariance * _squaredDigits(gadget));
    }

    /// <summary>Variance of the key switch of class <paramref name="lookup"/> under <paramref name="big"/>.</summary>
    public double KeySwitchVariance(BigKeyParameters big, LookupClassParameters lookup) =>
        KeySwitchVariance(big.LweDimension, lookup.KeySwitch, lookup.Variance);

    /// <summary>
    /// Variance that compression adds to a value that shares its ciphertext with <paramref name="packed"/> - 1 others. Each brings the
    /// noise of its own digits times the packing key; only the value's own rounding matters. The centered modulus switch to 2^b
    /// rounds k'N' mask words and a body.
    /// </summary>
    public double CompressionVariance(BigKeyParameters big, OutputCompression compression, int packed)
    {
        double step = Math.Pow(4.0, -compression.ModulusBits);
        double key = compression.Variance + BodyWidth.RoundingVariance(compression.BodyBits);
        return KeySwitchVariance(big.LweDimension, compression.KeySwitch, packed * key)
            + compression.Dimension * KeyVariance * step / 12.0
            + step / 12.0;
    }

    /// <summary>
    /// Variance that one external product adds; of a class that takes pairs of mask words, half of what a pair adds. A pair's three products
    /// are each multiplied by a power of X less 1, which doubles a variance: 6 of a product's variances of key and transform where two single
    /// words have 2. Of its digits' rounding, which is one accumulator's, a bit of the three passes on twice the variance: in 3/4 of the pairs,
    /// where two single words pass it on in half of the cases each.
    /// </summary>
    public double ExternalProductVariance(
        int glweDimension,
        int polynomialSize,
        GadgetDecomposition gadget,
        double keyVariance,
        int wordsPerStep = 1
    )
    {
        double baseSquared = Math.Pow(4.0, gadget.BaseLog);
        double range = Math.Pow(4.0, gadget.Bits);
        double k = glweDimension;
        double n = polynomialSize;
        double q = Modulus * Modulus;
        double key = gadget.Level * (k + 1) * n * (baseSquared + 2.0) / 12.0 * keyVariance;
        double rounding = (1.0 / range - 1.0 / q) / 24.0 * (1.0 + k * n * (KeyVariance + KeySquaredMean));
        double word = k * n / 8.0 * KeyVariance / q + (1.0 - k * n) * (1.0 - k * n) / 16.0 * KeySquaredMean / q;
        double transform = TransformVariance(glweDimension, polynomialSize, gadget);
        return wordsPerStep == 1 ? key + rounding + word + transform : 3.0 * (key + transform) + 1.5 * (rounding + word);
    }

    /// <summary>Variance of a blind rotation: the output noise of a lookup, whatever the input noise and whatever nu.</summary>
    public double BlindRotationVariance(BigKeyParameters big, LookupClassParameters lookup) =>
        lookup.SmallDimension
        * ExternalProductVariance(
            big.GlweDimension,
            big.PolynomialSize,
            lookup.Bootstrap,
            big.Variance + BodyWidth.RoundingVariance(lookup.BodyBits),
            lookup.WordsPerStep
        );

    /// <summary>Variance of the centered modulus switch of an n-dimensional ciphertext to 2^<paramref name="logModulus"/>.</summary>
    public double ModulusSwitchVariance(int dimension, int logModulus) =>
        dimension * (1.0 / (48.0 * Math.Pow(4.0, logModulus)) + 1.0 / (24.0 * Modulus * Modulus));

    /// <summary>Variance of the centered modulus switch of class <paramref name="lookup"/>, to 2N * 2^nu at its grade.</summary>
    public double ModulusSwitchVariance(BigKeyParameters big, LookupClassParameters lookup) => ModulusSwitchVariance(big, lookup, 1);

    /// <summary>The same for bootstraps that look up <paramref name="tables"/> tables: at nu = 0 these share 2N.</summary>
    public double ModulusSwitchVariance(BigKeyParameters big, LookupClassParameters lookup, int tables) =>
        ModulusSwitchVariance(lookup.SmallDimension, CenteredModulusSwitch.LogModulus(big, lookup, tables))
        * ModulusSwitchGrade.ErrorFactor(lookup.Nu, lookup.Grade);

    /// <summary>
    /// Variance that reads a bit of a wide lookup: key switch, and centered modulus switch to the steps that its results leave of 2N.
    /// </summary>
    public double WideBitVariance(BigKeyParameters big, LookupClassParameters lookup) =>
        KeySwitchVariance(big, lookup) + ModulusSwitchVariance(lookup.SmallDimension, lookup.Wide!.LogModulus(big));

    /// <summary>
    /// Variance of the entry that a wide lookup of <paramref name="bits"/> bits selects, with the padding bit added, before its code is read.
    /// </summary>
    public double WideSelectionVariance(BigKeyParameters big, LookupClassParameters lookup, int bits)
    {
        (double own, double perRotation) = WideSelectionPerBit(big, lookup.Wide!);
        double rotation = BlindRotationVariance(big, lookup);
        return bits * (own + perRotation * rotation) + rotation;
    }

    /// <summary>
    /// What each bit adds to it: a variance of its own, and a multiple of a blind rotation's. A digit of a bit has the
    /// noise of a blind rotation in its constant coefficient alone. What an automorphism's key switch adds is doubled by each later one in the
    /// constant coefficient, (N² - 1) / 3 variances in all, and added to another coefficient's elsewhere, N - 1 of them. Rows of S_r have the
    /// digit's noise times S_r, half of whose bits are set.
    /// </summary>
    public (double Own, double PerRotation) WideSelectionPerBit(BigKeyParameters big, WideLookup wide)
    {
        int k = big.GlweDimension;
        double n = big.PolynomialSize;
        double automorphism = WideProductVariance(big, wide.Switch, 1.0 + k * n * (KeyVariance + KeySquaredMean));
        double constant = n * n / 3.0 * automorphism;
        double others = n * n * automorphism;
        // a coefficient of S_i S_r has the mean (2c + 2 - N) / 4 and the variance 3N / 16
        double product = WideProductVariance(big, wide.Switch, n * (k * n * (n / 48.0 + 3.0 / 16.0) + KeyVariance + KeySquaredMean));
        double digits = wide.Selector.Level * (Math.Pow(4.0, wide.Selector.BaseLog) + 2.0) / 12.0;
        double own = digits * (k * n * ((constant + others) / 2.0 + product) + constant + others);
        return (own + ExternalProductVariance(k, big.PolynomialSize, wide.Selector, 0.0), digits * (k * n / 2.0 + 1.0));
    }

    /// <summary>
    /// Variance of a product with a key element whose body rows have no noise; rounding to the gadget's last digit counts <paramref name="rounded"/>
    /// times.
    /// </summary>
    private double WideProductVariance(BigKeyParameters big, GadgetDecomposition gadget, double rounded)
    {
        int k = big.GlweDimension;
        int n = big.PolynomialSize;
        double digits = gadget.Level * (Math.Pow(4.0, gadget.BaseLog) + 2.0) / 12.0;
        double transform = TransformVariance(k, n, gadget);
        return k * (double)n * digits * big.Variance + rounded / 12.0 * Math.Pow(4.0, -gadget.Bits) + transform;
    }

    private double TransformVariance(int k, int n, GadgetDecomposition gadget)
    {
        double ofDigits = _transformFactor(k, n, gadget.Level) * Math.Pow(4.0, gadget.BaseLog);
        double ofMeans = _digitMeans * gadget.Level * k * (k + 1.0) * Math.Pow(n, 3.0);
        return (ofDigits + ofMeans) * LostBits / Modulus / Modulus;
    }

    // digits of one word, squared and summed: ties between B/2 and -B/2 as if the others were uniform
    private static double EvenDigits(GadgetDecomposition gadget) => gadget.Level * (Math.Pow(4.0, gadget.BaseLog) + 2.0) / 12.0;

    /// <summary>
    /// A tie carries where the next digit is at least B/2 (<see cref="GadgetDecomposition.Decompose"/>), so that this digit is none: a digit behind
    /// no tie is one with probability 1/B, t' = (1 - t) / B from the lowest on, and loses B²/4 · 1/B of its mean square behind one. At base 2
    /// these are the digits of the non-adjacent form, of which a third is not zero.
    /// </summary>
    private static double SparseDigits(GadgetDecomposition gadget)
    {
        double b = Math.Pow(2.0, gadget.BaseLog);
        double ties = gadget.Level / (b + 1.0) - b / (b + 1.0) / (b + 1.0) * (1.0 - Math.Pow(-1.0 / b, gadget.Level));
        return EvenDigits(gadget) - b / 4.0 * ties;
    }
}
