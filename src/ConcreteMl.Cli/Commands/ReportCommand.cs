using System.CommandLine;
using System.Text.Json.Nodes;
using ConcreteMl.Cli.Output;
using ConcreteMl.Cli.Output.Pages;
using ConcreteMl.Data;
using Spectre.Console;

namespace ConcreteMl.Cli.Commands;

/// <summary>report OUT.cml: what each ONNX node costs, which parameters were chosen, how long it will take.</summary>
internal sealed class ReportCommand(Runner runner) : ICommand
{
    private readonly Argument<FileInfo> artefact = new("OUT.cml") { Description = "A compiled artefact" };
    private readonly Option<int> threads = new("--threads")
    {
        Description = "Cores that the times are predicted for; 0: all of this machine",
        HelpName = "N",
    };

    private readonly Option<FileInfo?> html = new("--html")
    {
        Description = "Write the report as a page: the graph coloured by cost, bars, ranges; needs no network and no script",
        HelpName = "R.html",
    };

    private readonly Option<FileInfo?> input = new("--input", "-i")
    {
        Description = "Samples (.npz) for the error of every layer on the page",
        HelpName = "X.npz",
    };

    public Command Build()
    {
        threads.Validators.Add(CompileArguments.NotNegative);
        return runner.Attach(
            new Command("report", "Show widths, lookups, parameters, predicted time and sizes, node by node")
            {
                artefact,
                threads,
                html,
                input,
            },
            Run
        );
    }

    private int Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        string path = parsed.GetRequiredValue(artefact).ToString();
        using QuantizedModule module = QuantizedModule.Load(path);
        int asked = parsed.GetValue(threads);
        int cores = asked > 0 ? asked : Environment.ProcessorCount;
        // an artefact holds times on one core, so that its bytes do not depend on the machine
        CircuitReport report = module.Report.OnCores(cores);
        JsonObject result = report.ToJson();
        result["nodes"] = new JsonArray([.. NodeRow.Of(report).Select(Json)]);
        result["executable"] = module.IsExecutable;
        result["cores"] = cores;
        if (parsed.GetValue(html)?.ToString() is string page)
        {
            Files.WriteText(
                page,
                ReportPage.Html(Path.GetFileName(path), module, report, cores, Layers(session, module, parsed.GetValue(input)?.ToString()))
            );
            result["html"] = page;
        }

        return session.Finish(result, console => Show(console, report, module.IsExecutable, cores));
    }

    private static IReadOnlyList<LayerScore>? Layers(Session session, QuantizedModule module, string? samples) =>
        samples is null ? null : module.ScoreLayers(Compilation.Bind(session, module.Inputs, samples).Samples);

    private static void Show(IAnsiConsole console, CircuitReport report, bool executable, int cores)
    {
        FittedTable table = new(
            ("node", 0),
            ("operations", 5),
            ("shape", 4),
            (">bits", 0),
            (">measured", 6),
            (">lookups", 0),
            (">bootstraps", 2),
            (">failure", 3),
            (">time", 0),
            (">share", 1)
        );
        foreach (NodeRow row in NodeRow.Of(report))
        {
            table.Add(
                row.Node,
                row.Operations,
                row.Shape,
                $"{row.Bits}",
                $"{row.Measured}",
                Numbers.Count(row.Lookups),
                Numbers.Count(row.Bootstraps),
                row.PError is > 0.0 ? Numbers.Probability(row.PError) : "-",
                row.Seconds is double seconds ? Numbers.Seconds(seconds) : "-",
                row.Share is double share ? Numbers.Percent(share) : "-"
            );
        }

        table.Write(console);
        Grid grid = Tables.Facts();
        grid.AddRow("runs encrypted", executable ? "yes" : "no");
        grid.AddRow("widest value", $"{report.MaxBits} bits, lookups read {report.MaxLookupBits}");
        grid.AddRow("lookups", $"{Numbers.Count(report.Lookups)}, {Numbers.Count(report.Bootstraps)} bootstraps with rounding");
        grid.AddRow(
            "lookup failure",
            $"{Numbers.Probability(report.PError)} each, {Numbers.Probability(report.GlobalPError)} for one inference"
        );
        RoundingFigures.Add(grid, report.Rounding);
        Add(grid, report.Client);
        foreach (string line in report.Parameters)
        {
            grid.AddRow("parameters", Markup.Escape(line));
        }

        if (report.PredictedSeconds is double total)
        {
            grid.AddRow(
                "predicted time",
                $"{Numbers.Seconds(total)} on {cores} core{(cores == 1 ? "" : "s")}, {Numbers.Seconds(report.PackingSeconds ?? 0)} of it "
                    + $"for packing results; {Numbers.Seconds(report.PredictedKeySeconds ?? 0)} for keys"
            );
        }

        grid.AddRow("evaluation key", report.EvaluationKeyBytes is long key ? Numbers.Bytes(key) : "-");
        grid.AddRow("input, output", $"{Size(report.InputBytesPerSample)}, {Size(report.OutputBytesPerSample)} a sample");
        grid.AddRow("peak memory", Size(report.PeakBytes));
        console.Write(grid);
    }

    private static void Add(Grid grid, ClientShare? client)
    {
        if (client is null)
        {
            return;
        }

        foreach (string work in client.Before)
        {
            grid.AddRow("client, before", Markup.Escape(work));
        }

        foreach (string work in client.After)
        {
            grid.AddRow("client, after", Markup.Escape(work));
        }

        grid.AddRow("client encrypts", Markup.Escape(string.Join(", ", client.Encrypted)));
        grid.AddRow("client learns", Markup.Escape(string.Join(", ", client.Learned)));
    }

    private static JsonObject Json(NodeRow row) =>
        new()
        {
            ["node"] = row.Node,
            ["operations"] = row.Operations,
            ["bits"] = row.Bits,
            ["measured_bits"] = row.Measured,
            ["lookups"] = row.Lookups,
            ["bootstraps"] = row.Bootstraps,
            ["p_error"] = row.PError,
            ["predicted_seconds"] = row.Seconds,
            ["share"] = row.Share,
        };

    private static string Size(long? bytes) => bytes is long value ? Numbers.Bytes(value) : "-";
}
