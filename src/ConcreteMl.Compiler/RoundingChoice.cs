using ConcreteMl.Data;

namespace ConcreteMl;

/// <summary>What <see cref="Rounding.Auto"/> chose, and between what.</summary>
/// <param name="Chosen">The choice.</param>
/// <param name="RunnerUp">The cheapest other setting within the bound on the error; null when there is none.</param>
/// <param name="Approximate">The cheapest setting with approximate rounding within the bound, where the choice is another; else null.</param>
/// <param name="UnroundedError">The error without rounding, which the bound is 1.1 times of.</param>
/// <param name="IsWithinBound">Whether the choice keeps the bound; where nothing does that runs, it is the most accurate that runs.</param>
public sealed record RoundingChoice(
    PricedRounding Chosen,
    PricedRounding? RunnerUp,
    PricedRounding? Approximate,
    double UnroundedError,
    bool IsWithinBound
)
{
    /// <summary>Values whose lookups the choice rounds otherwise than all others; empty where one rounding serves all.</summary>
    public IReadOnlyList<LookupRounding> Exceptions
    {
        get;
        init => field = ContentList<LookupRounding>.Of(value ?? []); // artefacts of earlier compilers have none
    } = ContentList<LookupRounding>.Of([]);
}
