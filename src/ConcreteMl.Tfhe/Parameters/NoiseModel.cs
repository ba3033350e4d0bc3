namespace ConcreteMl.Tfhe;

/// <summary>
/// Torus variances that the operations add, for binary keys over q = 2^64. The golden model reproduces the published
/// tables; the measured one differs only in the constant of the Fourier transforms, fitted to this library's kernels.
/// </summary>
public sealed class NoiseModel
{
    private const double Modulus = 18446744073709551616.0;
    private const double KeyVariance = 0.25;
    private const double KeySquaredMean = 0.25;
    private readonly double _transformFactor;

    private NoiseModel(double logTransformConstant) => _transformFactor = Math.Pow(2.0, logTransformConstant + 2 * (64 - 53));

    /// <summary>The formulas behind the golden optimizer tables.</summary>
    public static NoiseModel Golden { get; } = new(-2.57722494);

    /// <summary>The same with the transform constant of this library's kernels, as the noise benchmark measures it.</summary>
    public static NoiseModel Measured { get; } = new(-2.57722494);

    /// <summary>Variance of the key switch from <paramref name="inputDimension"/>, whose key noise has <paramref name="keyVariance"/>.</summary>
    public double KeySwitchVariance(int inputDimension, GadgetDecomposition gadget, double keyVariance)
    {
        double baseSquared = Math.Pow(4.0, gadget.BaseLog);
        double range = Math.Pow(4.0, gadget.Bits);
        double rounding = (Modulus / range * (Modulus / 12.0) - 1.0 / 12.0) * (KeyVariance + KeySquaredMean);
        return inputDimension
            * (
                rounding / Modulus / Modulus
                + KeyVariance / 4.0 / Modulus / Modulus
                + gadget.Level * keyVariance * (baseSquared + 2.0) / 12.0
            );
    }

    /// <summary>Variance of the key switch of class <paramref name="lookup"/> under <paramref name="big"/>.</summary>
    public double KeySwitchVariance(BigKeyParameters big, LookupClassParameters lookup) =>
        KeySwitchVariance(big.LweDimension, lookup.KeySwitch, lookup.Variance);

    /// <summary>Variance that one external product adds.</summary>
    public double ExternalProductVariance(int glweDimension, int polynomialSize, GadgetDecomposition gadget, double keyVariance)
    {
        double baseSquared = Math.Pow(4.0, gadget.BaseLog);
        double range = Math.Pow(4.0, gadget.Bits);
        double k = glweDimension;
        double n = polynomialSize;
        double q = Modulus * Modulus;
        double key = gadget.Level * (k + 1) * n * (baseSquared + 2.0) / 12.0 * keyVariance;
        double rounding = (1.0 / range - 1.0 / q) / 24.0 * (1.0 + k * n * (KeyVariance + KeySquaredMean));
        double word = k * n / 8.0 * KeyVariance / q + (1.0 - k * n) * (1.0 - k * n) / 16.0 * KeySquaredMean / q;
        double transform = _transformFactor * gadget.Level * baseSquared * n * n * (k + 1) / q;
        return key + rounding + word + transform;
    }

    /// <summary>Variance of a blind rotation: the output noise of a lookup, whatever the input noise and whatever nu.</summary>
    public double BlindRotationVariance(BigKeyParameters big, LookupClassParameters lookup) =>
        lookup.SmallDimension * ExternalProductVariance(big.GlweDimension, big.PolynomialSize, lookup.Bootstrap, big.Variance);

    /// <summary>Variance of the centered modulus switch of an n-dimensional ciphertext to 2^<paramref name="logModulus"/>.</summary>
    public double ModulusSwitchVariance(int dimension, int logModulus) =>
        dimension * (1.0 / (48.0 * Math.Pow(4.0, logModulus)) + 1.0 / (24.0 * Modulus * Modulus));

    /// <summary>Variance of the centered modulus switch of class <paramref name="lookup"/>, to 2N * 2^nu.</summary>
    public double ModulusSwitchVariance(BigKeyParameters big, LookupClassParameters lookup) =>
        ModulusSwitchVariance(lookup.SmallDimension, CenteredModulusSwitch.LogModulus(big, lookup));
}
