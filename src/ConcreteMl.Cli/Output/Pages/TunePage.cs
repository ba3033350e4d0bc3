namespace ConcreteMl.Cli.Output.Pages;

/// <summary>What tune found, as a page with a plot of the front.</summary>
internal static class TunePage
{
    internal static string Html(string model, TuneResult result)
    {
        TunedSetting chosen = result.Chosen;
        Page page = new(
            $"{model}: settings",
            $"target {result.Target}; times predicted for {result.Cores} core{(result.Cores == 1 ? "" : "s")}"
        );
        page.Facts([
            ("predicted for one sample", Numbers.Seconds(chosen.PredictedSeconds)),
            ("error over the output's deviation", Numbers.Figure(chosen.ErrorOverStd)),
            ("accuracy", chosen.Accuracy is double accuracy ? Numbers.Percent(accuracy) : "no labels"),
            ("evaluation key", Numbers.Bytes(chosen.EvaluationKeyBytes)),
            ("settings quantized, priced, simulated", $"{result.Quantized}, {result.Priced}, {result.Simulated}"),
            ("search", result.IsComplete ? "ended by itself" : "ended by its budget"),
        ]);
        page.Section(
            "The front",
            "Settings that no other one beats in predicted time, error and accuracy together; both axes are logarithmic. The ring is the choice."
        );
        page.Picture(FrontPlot.Svg(result));
        page.Section("Settings", "As compile takes them: --bits, --rounding, --p-error.");
        page.Table(
            ["bits", "rounding", ">p-error", ">time", ">key", ">error/std", ">accuracy"],
            result.Front.Select(one =>
                (
                    ReferenceEquals(one, chosen),
                    new[]
                    {
                        one.Bits.ToString(),
                        TuneFigures.Rounding(one),
                        TuneFigures.PError(one),
                        Numbers.Seconds(one.PredictedSeconds),
                        Numbers.Bytes(one.EvaluationKeyBytes),
                        Numbers.Figure(one.ErrorOverStd),
                        one.Accuracy is double met ? Numbers.Percent(met) : "-",
                    }
                )
            )
        );
        page.Section("Choice");
        page.Table(["options of compile"], [(true, new[] { TuneFigures.Command(chosen) })]);
        return page.Html();
    }
}
