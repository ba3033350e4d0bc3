using System.Text.Json;
using System.Text.Json.Nodes;
using ConcreteMl.Artefacts;
using Spectre.Console;

namespace ConcreteMl.Cli.Output;

/// <summary>What the compiler chose by itself, and what the others would cost.</summary>
internal static class RoundingFigures
{
    internal static JsonNode? Json(RoundingChoice? choice) =>
        choice is null ? null : JsonSerializer.SerializeToNode(choice, ArtefactJson.Default.RoundingChoice);

    internal static void Add(Grid grid, RoundingChoice? choice)
    {
        if (choice is null)
        {
            return;
        }

        PricedRounding chosen = choice.Chosen;
        grid.AddRow(
            "rounding",
            $"{Name(chosen)}, error {Numbers.Figure(chosen.ErrorOverStd)} (unrounded {Numbers.Figure(choice.UnroundedError)})"
        );
        foreach (IGrouping<string, LookupRounding> place in choice.Exceptions.GroupBy(one => one.Node))
        {
            grid.AddRow(string.Empty, $"{Spelled(place.First().Rounding)} before {place.Key.EscapeMarkup()}");
        }

        if (choice.RunnerUp is PricedRounding second)
        {
            grid.AddRow("runner-up", Instead(second, chosen));
        }

        if (choice.Approximate is PricedRounding other)
        {
            grid.AddRow("approximate", Instead(other, chosen));
        }
    }

    private static string Instead(PricedRounding other, PricedRounding chosen) =>
        $"{Name(other)}: {Time(other)} instead of {Time(chosen)}, error {Numbers.Figure(other.ErrorOverStd)}";

    private static string Time(PricedRounding priced) => priced.PredictedSeconds is double seconds ? Numbers.Seconds(seconds) : "-";

    private static string Name(PricedRounding priced) => Spelled(priced.Rounding);

    private static string Spelled(Rounding? rounding) => rounding?.ToString() ?? "none";
}
