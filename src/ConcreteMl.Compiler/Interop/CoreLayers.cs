using ConcreteMl.Data;
using CoreErrors = ConcreteMl.Compiler.Core.Tools.LayerErrors;
using CoreEvalException = ConcreteMl.Compiler.Core.Float.EvalException;
using CoreLayerError = ConcreteMl.Compiler.Core.Tools.LayerError;
using CoreStage = ConcreteMl.Compiler.Core.Stage;

namespace ConcreteMl.Interop;

/// <summary>Errors layer by layer.</summary>
internal static class CoreLayers
{
    /// <exception cref="CompilationException">The model cannot be computed on the samples.</exception>
    internal static IReadOnlyList<LayerScore> Of(CoreText real, CoreText quantized, Samples samples)
    {
        if (quantized.Stage is not CoreStage.Quant graph)
        {
            throw new InvalidOperationException("layers are those of the quantized stage");
        }

        try
        {
            return [.. CoreErrors.run(real.Stage, graph.Item, CoreResults.Samples(samples)).Select(Of)];
        }
        catch (CoreEvalException problem)
        {
            throw CoreFloat.NotComputable(problem);
        }
    }

    private static LayerScore Of(CoreLayerError layer) =>
        new(
            layer.Place,
            layer.Shape,
            layer.Bits,
            layer.Calibrated.Item1,
            layer.Calibrated.Item2,
            layer.Met.Item1,
            layer.Met.Item2,
            layer.Beyond,
            CoreResults.Nullable(layer.Error),
            layer.IsStated
        );
}
