namespace ConcreteMl.Tfhe.Tests.Programs;

/// <summary>Parameter sets with no security at all: small, and with as little or as much noise as a test wants.</summary>
internal static class InsecureParameters
{
    private const int PolynomialSize = 1024;
    private const int SmallDimension = 16;
    private static readonly GadgetDecomposition Gadget = new(7, 3);

    /// <summary>Lookups of up to 6 bits that never fail.</summary>
    internal static ParameterSet Quiet() => Of(0.0);

    /// <summary>
    /// Lookups of fresh codes of <paramref name="bits"/> bits that fail with this probability, by noise of the key-switching key.
    /// </summary>
    internal static ParameterSet Noisy(int bits, double probability)
    {
        double halfBox = Math.Pow(2.0, -2 - bits);
        double variance = Math.Pow(halfBox / (Math.Sqrt(2.0) * Erf.InverseErfc(probability)), 2);
        ParameterSet quiet = Of(0.0);
        LookupClassParameters lookup = quiet.Classes[0];
        double fixedPart =
            NoiseModel.Golden.KeySwitchVariance(quiet.BigKey, lookup) + NoiseModel.Golden.ModulusSwitchVariance(quiet.BigKey, lookup);
        double perKeyVariance = NoiseModel.Golden.KeySwitchVariance(PolynomialSize, Gadget, 1.0);
        return Of(Math.Sqrt((variance - fixedPart) / perKeyVariance));
    }

    private static ParameterSet Of(double deviation) =>
        new(
            SecurityCurve.NoneForTests,
            new BigKeyParameters(1, PolynomialSize, Math.Pow(2.0, -50)),
            [new LookupClassParameters(SmallDimension, deviation, Gadget, new GadgetDecomposition(15, 2), 0)]
        );
}
