using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using ConcreteMl.Cli.Output;
using Spectre.Console;

namespace ConcreteMl.Cli.Commands;

/// <summary>compile MODEL.onnx --calibration CALIB.npz -o OUT.cml: ONNX to compiled artefact.</summary>
internal sealed class CompileCommand(Runner runner) : ICommand
{
    private readonly Argument<FileInfo> model = new("MODEL")
    {
        Description = "The model (.onnx, .onnxtxt), or the text of a stage (.mlir), from which the compilation goes on",
    };
    private readonly CompileArguments arguments = new();
    private readonly StepArguments steps = new();
    private readonly Option<FileInfo> output = new("--output", "-o")
    {
        Description = "The artefact to write",
        Required = true,
        HelpName = "OUT.cml",
    };

    public Command Build()
    {
        Command command = new("compile", "Compile an ONNX model to an artefact that runs on encrypted data") { model, output };
        arguments.AddTo(command);
        steps.AddTo(command);
        return runner.Attach(command, Run);
    }

    private int Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        Stopwatch watch = Stopwatch.StartNew();
        StepWatch seen = steps.Watch(parsed, session);
        CompileOptions options = steps.Options(parsed, seen, arguments.Options(parsed));
        string source = parsed.GetRequiredValue(model).ToString();
        string target = parsed.GetRequiredValue(output).ToString();
        using QuantizedModule module = Compilation.Run(session, source, arguments.Calibration(parsed), options, cancellation);
        module.Save(target);
        steps.Finish(parsed, seen, session);
        double seconds = watch.Elapsed.TotalSeconds;
        CircuitReport report = module.Report;
        JsonObject result = new()
        {
            ["output"] = target,
            ["max_bits"] = report.MaxBits,
            ["max_lookup_bits"] = report.MaxLookupBits,
            ["lookups"] = report.Lookups,
            ["bootstraps"] = report.Bootstraps,
            ["p_error"] = report.PError,
            ["executable"] = module.IsExecutable,
            ["predicted_seconds"] = report.PredictedSeconds,
            ["rounding"] = RoundingFigures.Json(report.Rounding),
            ["seconds"] = Math.Round(seconds, 3),
            ["steps"] = seen.Times(),
        };
        return session.Finish(
            result,
            console =>
            {
                Grid grid = Tables.Facts();
                grid.AddRow("artefact", Markup.Escape(target));
                grid.AddRow("widest value", $"{report.MaxBits} bits, lookups read {report.MaxLookupBits}");
                grid.AddRow("lookups", Numbers.Count(report.Lookups));
                grid.AddRow("bootstraps", $"{Numbers.Count(report.Bootstraps)} (rounding included)");
                grid.AddRow("lookup failure", Numbers.Probability(report.PError));
                grid.AddRow("runs encrypted", module.IsExecutable ? "yes" : "no (see the warning)");
                if (report.PredictedSeconds is double predicted)
                {
                    grid.AddRow("predicted time", $"{Numbers.Seconds(predicted)} on one core");
                }

                RoundingFigures.Add(grid, report.Rounding);
                grid.AddRow("compiled in", Numbers.Seconds(seconds));
                console.Write(grid);
            }
        );
    }
}
