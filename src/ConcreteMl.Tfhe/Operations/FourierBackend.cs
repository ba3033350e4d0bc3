namespace ConcreteMl.Tfhe;

/// <summary>Chooses the transform and external product for this CPU.</summary>
internal static class FourierBackend
{
    /// <summary>The fastest transform for polynomials of size <paramref name="polynomialSize"/>.</summary>
    internal static NegacyclicTransform CreateTransform(int polynomialSize) =>
        VectorIsa.Best is { } isa ? new VectorTransform(isa, polynomialSize) : new PortableTransform(polynomialSize);

    /// <summary>The fastest external product for a lookup class.</summary>
    internal static BlindRotator CreateRotator(BigKeyParameters big, LookupClassParameters lookup) =>
        CreateRotator(VectorIsa.Best, big, lookup.Bootstrap);

    /// <summary>The fastest external product with a gadget under the big key.</summary>
    internal static BlindRotator CreateRotator(BigKeyParameters big, GadgetDecomposition gadget) =>
        CreateRotator(VectorIsa.Best, big, gadget);

    /// <summary>The external product on a given instruction set, or in plain C# when it is null.</summary>
    internal static BlindRotator CreateRotator(VectorIsa? isa, BigKeyParameters big, LookupClassParameters lookup) =>
        CreateRotator(isa, big, lookup.Bootstrap);

    private static BlindRotator CreateRotator(VectorIsa? isa, BigKeyParameters big, GadgetDecomposition gadget) =>
        isa is null
            ? new PortableBlindRotator(big.PolynomialSize, big.GlweDimension, gadget)
            : new VectorBlindRotator(isa, big.PolynomialSize, big.GlweDimension, gadget);
}
