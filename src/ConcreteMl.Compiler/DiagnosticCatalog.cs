using ConcreteMl.Interop;

namespace ConcreteMl;

/// <summary>Every diagnostic code with its explanation.</summary>
public static class DiagnosticCatalog
{
    /// <summary>All codes in order.</summary>
    public static IReadOnlyList<DiagnosticExplanation> All { get; } = CoreCodes.All();

    /// <summary>The explanation of a code such as "CML6001", whatever its case; null for unknown codes.</summary>
    public static DiagnosticExplanation? Find(string code)
    {
        ArgumentNullException.ThrowIfNull(code);
        return All.FirstOrDefault(entry => entry.Code.Equals(code.Trim(), StringComparison.OrdinalIgnoreCase));
    }
}
