using ConcreteMl.Interop;

namespace ConcreteMl;

/// <summary>Every operator that models may contain.</summary>
public static class OperatorCatalog
{
    /// <summary>All operators by domain and name.</summary>
    public static IReadOnlyList<SupportedOperator> All { get; } = CoreOperators.All();
}
