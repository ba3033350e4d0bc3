namespace ConcreteMl.Tfhe.Tests;

/// <summary>Small insecure parameter sets for fast tests, and a few real ones.</summary>
internal static class TestParameters
{
    internal static ParameterSet Toy(
        int k,
        int polynomialSize,
        int smallDimension,
        GadgetDecomposition bootstrap,
        int nu = 0,
        double noise = 0.0,
        int grade = 0,
        int words = 1
    ) =>
        new(
            SecurityCurve.NoneForTests,
            new BigKeyParameters(k, polynomialSize, noise),
            [new LookupClassParameters(smallDimension, noise, new GadgetDecomposition(5, 4), bootstrap, nu, grade, WordsPerStep: words)]
        );

    /// <summary>The parameter set of the 128-bit curve with these shapes.</summary>
    internal static ParameterSet Secure(
        int k,
        int polynomialSize,
        int smallDimension,
        GadgetDecomposition keySwitch,
        GadgetDecomposition bootstrap,
        int nu = 0,
        int bodyBits = 0,
        int words = 1
    )
    {
        SecurityCurve curve = SecurityCurve.Bits128;
        return new ParameterSet(
            curve,
            new BigKeyParameters(k, polynomialSize, curve.StandardDeviation(k * polynomialSize)),
            [
                new LookupClassParameters(
                    smallDimension,
                    curve.StandardDeviation(smallDimension),
                    keySwitch,
                    bootstrap,
                    nu,
                    BodyBits: bodyBits,
                    WordsPerStep: words
                ),
            ]
        );
    }
}
