using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ConcreteMl.Cli.Output;
using Spectre.Console;

namespace ConcreteMl.Cli.Commands;

/// <summary>report OUT.cml: what each layer costs, which parameters were chosen, how long it will take.</summary>
internal sealed class ReportCommand(Runner runner) : ICommand
{
    private readonly Argument<FileInfo> artefact = new("OUT.cml") { Description = "A compiled artefact" };
    private readonly Option<int> threads = new("--threads")
    {
        Description = "Cores that the times are predicted for; 0: all of this machine",
        HelpName = "N",
    };

    public Command Build()
    {
        threads.Validators.Add(CompileArguments.NotNegative);
        return runner.Attach(
            new Command("report", "Show widths, lookups, parameters, predicted time and sizes, layer by layer") { artefact, threads },
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
        JsonObject result = JsonSerializer.SerializeToNode(report, CircuitReport.JsonLayout)!.AsObject();
        result["executable"] = module.IsExecutable;
        result["cores"] = cores;
        return session.Finish(result, console => Show(console, report, module.IsExecutable, cores));
    }

    private static void Show(IAnsiConsole console, CircuitReport report, bool executable, int cores)
    {
        Table table = Tables.Rows("layer", "operation", "shape", ">bits", ">lookups", ">margin", ">time");
        foreach (LayerReport layer in report.Layers)
        {
            table.Add(
                Shorten(layer.Node, 18),
                layer.Operation.Length <= 22 ? layer.Operation : layer.Operation[..21] + "…",
                string.Join('x', layer.Shape),
                $"{layer.AccumulatorBits}",
                Numbers.Count(layer.Lookups),
                layer.NoiseMargin is double margin ? string.Create(CultureInfo.InvariantCulture, $"{margin:0.00}") : "-",
                layer.PredictedSeconds is double seconds ? Numbers.Seconds(seconds) : "-"
            );
        }

        console.Write(table);
        Grid grid = Tables.Facts();
        grid.AddRow("runs encrypted", executable ? "yes" : "no");
        grid.AddRow("widest value", $"{report.MaxBits} bits, lookups read {report.MaxLookupBits}");
        grid.AddRow("lookups", $"{Numbers.Count(report.Lookups)}, {Numbers.Count(report.Bootstraps)} bootstraps with rounding");
        grid.AddRow(
            "lookup failure",
            $"{Numbers.Probability(report.PError)} each, {Numbers.Probability(report.GlobalPError)} for one inference"
        );
        foreach (string line in report.Parameters)
        {
            grid.AddRow("parameters", Markup.Escape(line));
        }

        if (report.PredictedSeconds is double total)
        {
            grid.AddRow(
                "predicted time",
                $"{Numbers.Seconds(total)} on {cores} core{(cores == 1 ? "" : "s")}, {Numbers.Seconds(report.PredictedKeySeconds ?? 0)} for keys"
            );
        }

        grid.AddRow("evaluation key", report.EvaluationKeyBytes is long key ? Numbers.Bytes(key) : "-");
        grid.AddRow("input, output", $"{Size(report.InputBytesPerSample)}, {Size(report.OutputBytesPerSample)} a sample");
        grid.AddRow("peak memory", Size(report.PeakBytes));
        console.Write(grid);
    }

    private static string Size(long? bytes) => bytes is long value ? Numbers.Bytes(value) : "-";

    private static string Shorten(string text, int width) => text.Length <= width ? text : "…" + text[^(width - 1)..];
}
