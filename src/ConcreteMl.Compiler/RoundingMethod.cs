namespace ConcreteMl;

/// <summary>How low accumulator bits are dropped before a lookup.</summary>
public enum RoundingMethod
{
    /// <summary>Half up, exactly, by extracting the dropped bits; one more bootstrap for each.</summary>
    Exact,

    /// <summary>By the lookup itself; may be off by one step near a boundary, costs nothing.</summary>
    Approximate,
}
