namespace ConcreteMl.Tfhe;

/// <summary>Chooses the transform and external product for this CPU.</summary>
internal static class FourierBackend
{
    /// <summary>The fastest transform for polynomials of size <paramref name="polynomialSize"/>.</summary>
    internal static NegacyclicTransform CreateTransform(int polynomialSize) =>
        VectorIsa.Best is { } isa ? new VectorTransform(isa, polynomialSize) : new PortableTransform(polynomialSize);

    /// <summary>The fastest external product for a lookup class.</summary>
    internal static BlindRotator CreateRotator(BigKeyParameters big, LookupClassParameters lookup) =>
        CreateRotator(VectorIsa.Best, big, lookup);

    /// <summary>The external product on a given instruction set, or in plain C# when it is null.</summary>
    internal static BlindRotator CreateRotator(VectorIsa? isa, BigKeyParameters big, LookupClassParameters lookup) =>
        isa is null
            ? new PortableBlindRotator(big.PolynomialSize, big.GlweDimension, lookup.Bootstrap)
            : new VectorBlindRotator(isa, big.PolynomialSize, big.GlweDimension, lookup.Bootstrap);
}
