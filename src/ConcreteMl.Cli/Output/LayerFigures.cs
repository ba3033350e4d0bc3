using System.Text.Json.Nodes;
using ConcreteMl.Tfhe.Programs;
using Spectre.Console;

namespace ConcreteMl.Cli.Output;

/// <summary>Layers with their errors, ranges and what was counted at them.</summary>
internal sealed class LayerFigures
{
    private readonly IReadOnlyList<LayerScore> layers;
    private readonly ILookup<string, InstructionStatistics>? counted;

    /// <param name="layers">The layers, in order.</param>
    /// <param name="counted">What a run in clear or simulation counted; null for other modes.</param>
    internal LayerFigures(IReadOnlyList<LayerScore> layers, ExecutionStatistics? counted)
    {
        this.layers = layers;
        this.counted = counted?.Parts.ToLookup(part => part.Origin);
    }

    internal JsonArray Json() =>
        [
            .. layers.Select(layer => new JsonObject
            {
                ["node"] = layer.Node,
                ["shape"] = new JsonArray([.. layer.Shape.Select(size => (JsonNode)size)]),
                ["bits"] = layer.Bits,
                ["calibrated_low"] = layer.CalibratedLow,
                ["calibrated_high"] = layer.CalibratedHigh,
                ["low"] = layer.Low,
                ["high"] = layer.High,
                ["beyond_calibration"] = layer.BeyondCalibration,
                ["error_over_std"] = JsonTensors.Number(layer.ErrorOverStd),
                ["meaning_stated"] = layer.IsStated,
                ["range_overflows"] = Count(layer, part => part.RangeOverflows),
                ["lookup_failures"] = Count(layer, part => part.LookupFailures),
                ["off_by_one"] = Count(layer, part => part.OffByOnes),
            }),
        ];

    internal void Show(IAnsiConsole console)
    {
        FittedTable table = new(
            ("node", 0),
            ("shape", 4),
            (">bits", 0),
            (">calibrated", 2),
            (">met", 1),
            (">beyond", 3),
            (">overflows", 0),
            (">failures", 5),
            (">error/std", 0)
        );
        foreach (LayerScore layer in layers)
        {
            table.Add(
                layer.Node,
                string.Join('x', layer.Shape),
                $"{layer.Bits}",
                $"{layer.CalibratedLow}..{layer.CalibratedHigh}",
                $"{layer.Low}..{layer.High}",
                Numbers.Count(layer.BeyondCalibration),
                Count(layer, part => part.RangeOverflows) is long overflows ? Numbers.Count(overflows) : "-",
                Count(layer, part => part.LookupFailures + part.OffByOnes) is long failures ? Numbers.Count(failures) : "-",
                Numbers.Figure(layer.ErrorOverStd) + (layer.IsStated || layer.ErrorOverStd is null ? "" : " ~")
            );
        }

        table.Write(console);
        console.WriteLine("error/std: in clear, against the unquantized model; ~: codes read by the best straight line of each element");
    }

    // a program joins the names of merged nodes by a blank
    private long? Count(LayerScore layer, Func<InstructionStatistics, long> count) =>
        counted?[layer.Node.Replace(", ", " ", StringComparison.Ordinal)].Sum(count);
}
