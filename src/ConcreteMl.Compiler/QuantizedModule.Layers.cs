using ConcreteMl.Data;
using ConcreteMl.Interop;

namespace ConcreteMl;

/// <content>Layers one by one: their errors, and their picture.</content>
public sealed partial class QuantizedModule
{
    /// <summary>
    /// Runs the module in clear and the model that it was made from on real numbers, and compares them layer by layer: the first layer
    /// whose error jumps is the one to look at.
    /// </summary>
    /// <param name="inputs">One array per input; the first axis counts samples.</param>
    /// <exception cref="CompilationException">The inputs do not fit, or the module began below the float stage and has nothing to compare with.</exception>
    public IReadOnlyList<LayerScore> ScoreLayers(IReadOnlyList<Tensor> inputs) =>
        ScoreLayers(new SampleBinder(Inputs, "inputs").Bind(inputs));

    /// <summary>
    /// The graph as an SVG picture coloured by predicted time: the float graph, or the circuit where the module began below it.
    /// </summary>
    public string ToSvg()
    {
        StageText drawn = Text(HasFloat ? Stage.Float : Stage.Circuit);
        double total = Report.PredictedSeconds is > 0.0 and double seconds ? seconds : double.PositiveInfinity;
        return CoreTools.Draw(drawn.Core, Report.Layers.Select(layer => (layer.Node, (layer.PredictedSeconds ?? 0.0) / total)));
    }

    /// <summary>Whether there are layers to compare.</summary>
    internal bool HasLayers => HasFloat && texts.HasQuant;

    internal IReadOnlyList<LayerScore> ScoreLayers(Samples samples) =>
        CoreLayers.Of(Text(Stage.Float).Core, Text(Stage.Quant).Core, samples);

    private bool HasFloat => Source.Model is not null || Source.Text is { Stage: Stage.Float };
}
