using CoreConformanceModule = ConcreteMl.Compiler.Core.Float.Conformance;
using CoreConformanceResult = ConcreteMl.Compiler.Core.Float.ConformanceResult;

namespace ConcreteMl.Interop;

/// <summary>Recorded inputs and outputs in the layout of ONNX's backend tests, through the float interpreter.</summary>
internal static class CoreConformance
{
    /// <summary>All folders at or below a path that hold a model with recorded data.</summary>
    internal static IReadOnlyList<string> Folders(string path) => [.. CoreConformanceModule.folders(path)];

    internal static ConformanceOutcome Run(string folder) =>
        CoreConformanceModule.folder(folder) switch
        {
            CoreConformanceResult.Failed failed => new ConformanceOutcome(folder, false, failed.Detail, failed.Largest, null),
            CoreConformanceResult.Unsupported unsupported => new ConformanceOutcome(folder, false, null, null, unsupported.Reason),
            _ => new ConformanceOutcome(folder, true, null, null, null),
        };
}
