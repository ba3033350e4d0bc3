using System.Text.Json.Nodes;
using Spectre.Console;

namespace ConcreteMl.Cli.Output;

/// <summary>The front of a tuning and its choice, as JSON and as a table.</summary>
internal static class TuneFigures
{
    internal static JsonObject Json(TuneResult result, string? output, double seconds) =>
        new()
        {
            ["target"] = result.Target.ToString(),
            ["front"] = new JsonArray([.. result.Front.Select(one => Json(one, ReferenceEquals(one, result.Chosen) ? output : null))]),
            ["chosen"] = Json(result.Chosen, output),
            ["output"] = output,
            ["cores"] = result.Cores,
            ["quantized"] = result.Quantized,
            ["priced"] = result.Priced,
            ["simulated"] = result.Simulated,
            ["complete"] = result.IsComplete,
            ["seconds"] = Math.Round(seconds, 3),
        };

    internal static void Show(IAnsiConsole console, TuneResult result, string? output, double seconds)
    {
        Table table = Tables.Rows("", "bits", "rounding", ">p-error", ">time", ">key", ">error/std", ">accuracy");
        foreach (TunedSetting one in result.Front)
        {
            table.Add(
                ReferenceEquals(one, result.Chosen) ? "*" : "",
                one.Bits.ToString(),
                Rounding(one),
                PError(one),
                Numbers.Seconds(one.PredictedSeconds),
                Numbers.Bytes(one.EvaluationKeyBytes),
                Numbers.Figure(one.ErrorOverStd),
                one.Accuracy is double accuracy ? Numbers.Percent(accuracy) : "-"
            );
        }

        console.Write(table);
        Grid grid = Tables.Facts();
        TunedSetting chosen = result.Chosen;
        grid.AddRow("target", Markup.Escape(result.Target.ToString()));
        grid.AddRow("chosen (*)", Markup.Escape(Command(chosen)));
        grid.AddRow("predicted time", $"{Numbers.Seconds(chosen.PredictedSeconds)} on {result.Cores} core{(result.Cores == 1 ? "" : "s")}");
        if (output is not null)
        {
            grid.AddRow("artefact", Markup.Escape(output));
        }

        grid.AddRow(
            "looked at",
            $"{result.Quantized} quantizations in clear, {result.Priced} priced, {result.Simulated} simulated, in {Numbers.Seconds(seconds)}"
                + (result.IsComplete ? "" : " (the budget ended the search)")
        );
        console.Write(grid);
    }

    /// <summary>The options of compile that make a setting.</summary>
    internal static string Command(TunedSetting one) =>
        $"--bits {one.Bits} --rounding {Rounding(one)}" + (one.PError is null ? "" : $" --p-error {PError(one)}");

    internal static string Rounding(TunedSetting one) => one.Rounding?.ToString() ?? "none";

    internal static string PError(TunedSetting one) => Numbers.Figure(one.PError);

    private static JsonObject Json(TunedSetting one, string? output) =>
        new()
        {
            ["bits"] = one.Bits.ToString(),
            ["rounding"] = Rounding(one),
            ["p_error"] = one.PError,
            ["predicted_seconds"] = one.PredictedSeconds,
            ["evaluation_key_bytes"] = one.EvaluationKeyBytes,
            ["error_over_std"] = JsonTensors.Number(one.ErrorOverStd),
            ["accuracy"] = one.Accuracy,
            ["output"] = output,
        };
}
