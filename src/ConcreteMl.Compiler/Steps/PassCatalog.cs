using ConcreteMl.Interop;

namespace ConcreteMl;

/// <summary>Every step of the compiler.</summary>
public static class PassCatalog
{
    /// <summary>All steps in the order of the pipeline, each once.</summary>
    public static IReadOnlyList<PassInfo> All { get; } = CoreSteps.All();
}
