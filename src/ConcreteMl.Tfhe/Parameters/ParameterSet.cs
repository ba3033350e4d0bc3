using System.Collections.Immutable;

namespace ConcreteMl.Tfhe;

/// <summary>All cryptographic parameters of a circuit: the curve, the big key and the classes of lookups under it.</summary>
public sealed record ParameterSet
{
    /// <summary>Checks that every noise lies on or above the curve and that every class fits the big key.</summary>
    /// <exception cref="ArgumentException">A noise is below the curve, or a dimension has no security claim.</exception>
    public ParameterSet(
        SecurityCurve curve,
        BigKeyParameters bigKey,
        IEnumerable<LookupClassParameters> classes,
        OutputCompression? compression = null
    )
    {
        Curve = curve;
        BigKey = bigKey;
        Classes = [.. classes];
        RequireNoise("big key", bigKey.LweDimension, bigKey.StandardDeviation);
        foreach (LookupClassParameters lookup in Classes)
            RequireNoise("small key", lookup.SmallDimension, lookup.StandardDeviation);
        for (int index = 0; index < Classes.Length; index++)
            RequireKey(index);
        Compression = compression;
        if (compression is not null)
            RequireNoise("output key", compression.Dimension, compression.StandardDeviation);
    }

    /// <summary>The security curve that every noise was checked against.</summary>
    public SecurityCurve Curve { get; }

    /// <summary>The key of all circulating ciphertexts.</summary>
    public BigKeyParameters BigKey { get; }

    /// <summary>Classes of lookups; a circuit without lookups has none.</summary>
    public ImmutableArray<LookupClassParameters> Classes { get; }

    /// <summary>How outputs are made small before they are sent; null where they are sent under the big key.</summary>
    public OutputCompression? Compression { get; }

    /// <summary>Dimensions of all secret keys: the big one, the small ones of the classes, the one of outputs.</summary>
    internal int[] SecretDimensions =>
        [
            BigKey.LweDimension,
            .. Classes.Select(lookup => lookup.SmallDimension),
            .. Compression is { } compression ? new[] { compression.Dimension } : [],
        ];

    /// <summary>The place among all secret keys of the one that key <paramref name="secret"/> is the start of; null where it is none.</summary>
    internal int? KeyOf(int secret) => secret >= 1 && secret <= Classes.Length ? Classes[secret - 1].KeyOf + 1 : null;

    /// <summary>Value equality, class by class.</summary>
    public bool Equals(ParameterSet? other) =>
        other is not null
        && Curve == other.Curve
        && BigKey == other.BigKey
        && Compression == other.Compression
        && Classes.AsSpan().SequenceEqual(other.Classes.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Curve, BigKey, Classes.Length, Compression);

    private void RequireKey(int index)
    {
        LookupClassParameters lookup = Classes[index];
        if (lookup.KeyOf is not { } owner)
            return;
        string? wrong =
            owner < 0 || owner >= index ? "is no earlier class"
            : Classes[owner].KeyOf is not null ? "has no bootstrapping key of its own"
            : Classes[owner].SmallDimension < lookup.SmallDimension ? "has a smaller n"
            : Classes[owner].BodyBits != lookup.BodyBits ? "keeps other bits of its bodies"
            : Classes[owner].WordsPerStep != lookup.WordsPerStep ? "takes another number of mask words a step"
            : !BootstrapPlace.Has(Classes[owner].Bootstrap, lookup.Bootstrap) ? "lacks levels of the decomposition"
            : null;
        if (wrong is not null)
            throw new ArgumentException($"lookup class {index} uses the bootstrapping key of class {owner}, which {wrong}");
    }

    private void RequireNoise(string key, int dimension, double standardDeviation)
    {
        // one part in 10^9 forgives decimal round trips of parameters, not weaker noise
        double floor = Curve.StandardDeviation(dimension) * (1.0 - 1e-9);
        if (standardDeviation < floor)
            throw new ArgumentException(
                FormattableString.Invariant(
                    $"{key} of dimension {dimension}: standard deviation {standardDeviation:R} is below the {Curve.Tag} curve ({floor:R})"
                )
            );
    }
}
