using CoreCost = ConcreteMl.Compiler.Core.Cost;
using CoreFormulas = ConcreteMl.Compiler.Core.Circuit.NoiseFormulas;
using CoreLayer = ConcreteMl.Compiler.Core.Circuit.LayerReport;

namespace ConcreteMl.Interop;

/// <summary>The compiler's report to the API's.</summary>
internal static class CoreReport
{
    internal static CircuitReport Of(CoreCost cost, bool executable)
    {
        var report = cost.Report;
        return new CircuitReport(
            report.MaxBits,
            cost.MaxLookupBits,
            report.Lookups,
            report.Bootstraps,
            executable ? report.PError : null,
            executable ? report.GlobalPError : null,
            executable ? report.PredictedSeconds : null,
            executable ? report.KeySeconds : null,
            CoreResults.Nullable(cost.StoredKeyBytes),
            executable ? report.InputBytesPerSample : null,
            executable ? report.OutputBytesPerSample : null,
            CoreResults.Nullable(cost.PeakBytes),
            [.. cost.Parameters],
            [.. report.Layers.Select(layer => Layer(layer, executable))],
            [.. report.OutputPErrors]
        )
        {
            PackingSeconds = executable ? report.PackingSeconds : null,
        };
    }

    /// <summary>The probability that a phase of this variance on the torus leaves the half box of a code of <paramref name="bits"/> bits.</summary>
    internal static double Failure(int bits, double variance) => CoreFormulas.failure(bits, variance);

    private static LayerReport Layer(CoreLayer layer, bool executable) =>
        new(
            string.Join(", ", layer.Nodes),
            layer.Operation,
            layer.Shape,
            layer.Bits,
            layer.MeasuredBits,
            layer.WorstBits,
            layer.Lookups,
            layer.Bootstraps,
            layer.Strategy,
            [.. layer.Classes],
            layer.Log2Norm,
            CoreResults.Nullable(layer.PError),
            CoreResults.Nullable(layer.MarginBits),
            executable ? layer.Seconds : null
        );
}
