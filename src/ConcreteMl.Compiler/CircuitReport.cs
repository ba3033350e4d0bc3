using System.Text.Json;
using System.Text.Json.Nodes;
using ConcreteMl.Artefacts;
using ConcreteMl.Data;

namespace ConcreteMl;

/// <summary>What a compiled circuit costs, before any key is made.</summary>
/// <param name="MaxBits">The widest value.</param>
/// <param name="MaxLookupBits">The widest operand of a lookup; 0 without lookups.</param>
/// <param name="Lookups">Table lookups for one sample.</param>
/// <param name="Bootstraps">Bootstraps for one sample, those of exact rounding included.</param>
/// <param name="PError">The largest failure probability of a lookup; null without parameters.</param>
/// <param name="GlobalPError">The probability that any lookup of one inference fails; null without parameters.</param>
/// <param name="PredictedSeconds">One inference on one core; null without parameters.</param>
/// <param name="PredictedKeySeconds">Making the keys on one core; null without parameters.</param>
/// <param name="EvaluationKeyBytes">The evaluation key as it is stored or sent; null without parameters.</param>
/// <param name="InputBytesPerSample">Encrypted inputs, with seeds in place of masks; null without parameters.</param>
/// <param name="OutputBytesPerSample">Encrypted outputs; null without parameters.</param>
/// <param name="PeakBytes">Keys in memory and the largest set of live ciphertexts; null without parameters.</param>
/// <param name="Parameters">The chosen parameters, a line for the circuit's key and one for each lookup class.</param>
/// <param name="Layers">The layers in order.</param>
/// <param name="OutputPErrors">For each output, the failure probability of decoding one of its elements; empty without parameters.</param>
public sealed record CircuitReport(
    int MaxBits,
    int MaxLookupBits,
    long Lookups,
    long Bootstraps,
    double? PError,
    double? GlobalPError,
    double? PredictedSeconds,
    double? PredictedKeySeconds,
    long? EvaluationKeyBytes,
    long? InputBytesPerSample,
    long? OutputBytesPerSample,
    long? PeakBytes,
    IReadOnlyList<string> Parameters,
    IReadOnlyList<LayerReport> Layers,
    IReadOnlyList<double> OutputPErrors
)
{
    /// <summary>What <see cref="ConcreteMl.Rounding.Auto"/> chose; null where it was not asked.</summary>
    public RoundingChoice? Rounding { get; init; }

    /// <summary>Of <see cref="PredictedSeconds"/>, packing the results small before they are sent; null without parameters.</summary>
    public double? PackingSeconds { get; init; }

    /// <summary>What the client does itself before and behind the circuit; null where it does nothing.</summary>
    public ClientShare? Client { get; init; }

    /// <summary>
    /// The same with times on <paramref name="cores"/> cores instead of one: a layer's lookups are shared out in whole lookups, so
    /// that few of them leave cores idle.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="cores"/> is less than 1.</exception>
    public CircuitReport OnCores(int cores)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cores, 1);
        LayerReport[] layers = [.. Layers.Select(layer => layer.OnCores(cores))];
        return this with
        {
            PredictedSeconds = PredictedSeconds is null
                ? null
                : layers.Sum(layer => layer.PredictedSeconds ?? 0.0) + (PackingSeconds ?? 0.0) / cores,
            PackingSeconds = PackingSeconds / cores,
            PredictedKeySeconds = PredictedKeySeconds / cores,
            Layers = layers,
        };
    }

    /// <summary>The chosen parameters, a line for the circuit's key and one for each lookup class.</summary>
    public IReadOnlyList<string> Parameters
    {
        get;
        init => field = ContentList<string>.Of(value);
    } = ContentList<string>.Of(Parameters);

    /// <summary>The layers in order.</summary>
    public IReadOnlyList<LayerReport> Layers
    {
        get;
        init => field = ContentList<LayerReport>.Of(value);
    } = ContentList<LayerReport>.Of(Layers);

    /// <summary>For each output, the failure probability of decoding one of its elements; empty without parameters.</summary>
    public IReadOnlyList<double> OutputPErrors
    {
        get;
        init => field = ContentList<double>.Of(value);
    } = ContentList<double>.Of(OutputPErrors);

    /// <summary>The report as JSON: max_bits, evaluation_key_bytes, ….</summary>
    internal JsonObject ToJson() => JsonSerializer.SerializeToNode(this, ArtefactJson.Default.CircuitReport)!.AsObject();
}
