namespace ConcreteMl.Tfhe;

/// <summary>Chooses the transform and external product for this CPU.</summary>
internal static class FourierBackend
{
    /// <summary>The fastest transform for polynomials of size <paramref name="polynomialSize"/>.</summary>
    internal static NegacyclicTransform CreateTransform(int polynomialSize) => new PortableTransform(polynomialSize);

    /// <summary>The fastest external product for a lookup class.</summary>
    internal static BlindRotator CreateRotator(BigKeyParameters big, LookupClassParameters lookup) =>
        new PortableBlindRotator(big.PolynomialSize, big.GlweDimension, lookup.Bootstrap);
}
