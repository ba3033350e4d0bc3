namespace ConcreteMl.Cli.Output.Pages;

/// <summary>What report says, as a page with pictures.</summary>
internal static class ReportPage
{
    /// <param name="title">The artefact's name.</param>
    /// <param name="module">The module.</param>
    /// <param name="report">Its report for some cores.</param>
    /// <param name="cores">How many.</param>
    /// <param name="layers">Its layers on samples; null: no samples were given.</param>
    internal static string Html(string title, QuantizedModule module, CircuitReport report, int cores, IReadOnlyList<LayerScore>? layers)
    {
        Page page = new(
            title,
            $"{module.Source.Name}: bits {module.Options.Bits}, rounding {module.Options.Rounding?.ToString() ?? "none"}, "
                + $"{module.Options.Security} bits of security, calibrated on {Numbers.Count(module.Calibration.Samples)} samples"
        );
        page.Facts(Facts(module, report, cores));
        page.Section(
            "Where the time goes",
            "The graph, coloured by each node's share of the predicted time; pointing at a box shows all of its attributes."
        );
        page.Picture(module.ToSvg());
        Nodes(page, report);
        Widths(page, report);
        if (layers is not null)
        {
            Errors(page, layers);
        }

        Inputs(page, module);
        Client(page, report);
        Parameters(page, report);
        return page.Html();
    }

    private static IEnumerable<(string, string)> Facts(QuantizedModule module, CircuitReport report, int cores)
    {
        yield return ("runs encrypted", module.IsExecutable ? "yes" : "no");
        yield return (
            $"predicted for one sample on {cores} core{(cores == 1 ? "" : "s")}",
            report.PredictedSeconds is double seconds ? Numbers.Seconds(seconds) : "-"
        );
        yield return ("of it, packing results", report.PackingSeconds is double packing ? Numbers.Seconds(packing) : "-");
        yield return ("bootstraps, rounding included", Numbers.Count(report.Bootstraps));
        yield return ("lookups", Numbers.Count(report.Lookups));
        yield return ("widest value; widest lookup", $"{report.MaxBits}; {report.MaxLookupBits} bits");
        yield return ("failure of a lookup", Numbers.Probability(report.PError));
        yield return ("failure of an inference", Numbers.Probability(report.GlobalPError));
        yield return ("evaluation key", Size(report.EvaluationKeyBytes));
        yield return ("making keys", report.PredictedKeySeconds is double keys ? Numbers.Seconds(keys) : "-");
        yield return ("encrypted input", Size(report.InputBytesPerSample));
        yield return ("encrypted output", Size(report.OutputBytesPerSample));
        yield return ("peak memory", Size(report.PeakBytes));
    }

    private static void Nodes(Page page, CircuitReport report)
    {
        page.Section("Nodes", "Every ONNX node with what it became, and its share of the predicted time.");
        IReadOnlyList<NodeRow> rows = NodeRow.Of(report);
        double most = rows.Max(row => row.Share) ?? 0.0;
        page.Table(
            ["node", "operations", "shape", ">lookups", ">bootstraps", ">failure", ">time", ">share", "#"],
            rows.Select(row =>
                (
                    false,
                    new[]
                    {
                        row.Node,
                        row.Operations,
                        row.Shape,
                        Numbers.Count(row.Lookups),
                        Numbers.Count(row.Bootstraps),
                        row.PError is > 0.0 ? Numbers.Probability(row.PError) : "-",
                        row.Seconds is double seconds ? Numbers.Seconds(seconds) : "-",
                        row.Share is double share ? Numbers.Percent(share) : "-",
                        Page.Bar(("", most > 0.0 ? (row.Share ?? 0.0) / most : 0.0)),
                    }
                )
            )
        );
    }

    private static void Widths(Page page, CircuitReport report)
    {
        page.Section(
            "Widths",
            "Bits of the codes that lookups and roundings read and linear operations make: dark what calibration met, pale what no input exceeds; "
                + "an encoding is narrower than its codes where only low bits of them are read, and wider where codes share it with others."
        );
        double widest = Math.Max(
            1,
            report.Layers.Select(layer => Math.Max(layer.WorstBits, layer.AccumulatorBits)).DefaultIfEmpty(1).Max()
        );
        page.Table(
            ["node", "operation", ">encoding", ">met", ">worst", "#"],
            report
                .Layers.GroupBy(layer => (layer.Node, layer.Operation))
                .Select(group =>
                {
                    int met = group.Max(layer => layer.MeasuredBits);
                    int worst = group.Max(layer => layer.WorstBits);
                    string[] cells =
                    [
                        group.Key.Node,
                        group.Key.Operation,
                        $"{group.Max(layer => layer.AccumulatorBits)}",
                        $"{met}",
                        $"{worst}",
                        Page.Bar(("faint", worst / widest), ("cool", met / widest)),
                    ];
                    return (false, cells);
                })
        );
    }

    private static void Errors(Page page, IReadOnlyList<LayerScore> layers)
    {
        page.Section(
            "Error by layer",
            "Mean absolute difference to the unquantized model in clear, over the value's deviation. The first layer whose error jumps is the one to "
                + "look at. ~: the codes are read by the best straight line of each element, so that a gain or offset does not count."
        );
        double most = layers.Max(layer => layer.ErrorOverStd is double error && double.IsFinite(error) ? error : 0.0);
        page.Table(
            ["node", "shape", ">calibrated codes", ">codes met", ">beyond", ">error/std", "#"],
            layers.Select(layer =>
                (
                    false,
                    new[]
                    {
                        layer.Node,
                        string.Join('x', layer.Shape),
                        $"{layer.CalibratedLow}..{layer.CalibratedHigh}",
                        $"{layer.Low}..{layer.High}",
                        Numbers.Count(layer.BeyondCalibration),
                        Numbers.Figure(layer.ErrorOverStd) + (layer.IsStated || layer.ErrorOverStd is null ? "" : " ~"),
                        layer.ErrorOverStd is double error ? Page.Bar(("", most > 0.0 ? error / most : 0.0)) : "",
                    }
                )
            )
        );
    }

    private static void Inputs(Page page, QuantizedModule module)
    {
        page.Section("Inputs", "The ranges that calibration saw; values beyond them are clipped by the client.");
        page.Table(
            ["input", ">lowest", ">highest", ">mean"],
            module.Calibration.Inputs.Select(input =>
                (false, new[] { input.Name, Numbers.Figure(input.Low), Numbers.Figure(input.High), Numbers.Figure(input.Mean) })
            )
        );
    }

    private static void Client(Page page, CircuitReport report)
    {
        if (report.Client is not ClientShare client)
        {
            return;
        }

        page.Section("What the client does and learns");
        (string What, IReadOnlyList<string> Items)[] parts =
        [
            ("before encryption", client.Before),
            ("after decryption", client.After),
            ("encrypts", client.Encrypted),
            ("learns", client.Learned),
        ];
        page.Table(["", ""], parts.SelectMany(part => part.Items.Select(item => (false, new[] { part.What, item }))));
    }

    private static void Parameters(Page page, CircuitReport report)
    {
        if (report.Parameters.Count == 0)
        {
            return;
        }

        page.Section("Parameters", "The key that all values are encrypted under, and a class of keys for each kind of lookup.");
        page.Table(["parameters"], report.Parameters.Select(line => (false, new[] { line })));
    }

    private static string Size(long? bytes) => bytes is long value ? Numbers.Bytes(value) : "-";
}
