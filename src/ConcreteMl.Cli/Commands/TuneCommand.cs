using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using ConcreteMl.Cli.Output;
using ConcreteMl.Cli.Output.Pages;
using ConcreteMl.Data;
using ConcreteMl.Interop;
using ConcreteMl.Tuning;

namespace ConcreteMl.Cli.Commands;

/// <summary>tune MODEL -c CALIB.npz --target …: the cheapest setting that reaches a target, and those that nothing beats.</summary>
internal sealed class TuneCommand(Runner runner) : ICommand
{
    private readonly Argument<FileInfo> model = new("MODEL") { Description = "The model (.onnx, .onnxtxt)" };
    private readonly CompileArguments arguments = new();
    private readonly TuneArguments search = new();
    private readonly Option<FileInfo?> output = new("--output", "-o")
    {
        Description = "The artefact to write: the model compiled with the setting that is chosen",
        HelpName = "OUT.cml",
    };

    private readonly Option<FileInfo?> html = new("--html")
    {
        Description = "Write the front as a page with a plot; needs no network and no script",
        HelpName = "FRONT.html",
    };

    public Command Build()
    {
        Command command = new("tune", "Find the fastest bits, rounding and tolerated failures that reach an accuracy or an error")
        {
            model,
            output,
            html,
        };
        arguments.AddToTuning(command);
        search.AddTo(command);
        return runner.Attach(command, Run);
    }

    private int Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        Stopwatch watch = Stopwatch.StartNew();
        string path = parsed.GetRequiredValue(model).ToString();
        string calibration = Compilation.Required(path, arguments.Calibration(parsed));
        CompileOptions options = arguments.Options(parsed) with { Target = search.Target(parsed) };
        OnnxModel source = OnnxModel.Load(path);
        (Samples samples, IReadOnlyDictionary<string, Tensor> arrays) = Compilation.Bind(session, source.Inputs, calibration);
        using TuneResult result = session.WithProgress(
            "Tuning",
            show =>
                ModelCompiler.Tuned(
                    ModelSource.Of(source),
                    source.Inputs,
                    samples,
                    arrays,
                    Validation(session, source, search.Validation(parsed)),
                    options,
                    search.Options(parsed, options.Threads),
                    new Reporter<CompileProgress>(step => show(step.Step, step.Fraction)),
                    cancellation
                )
        );
        session.Report(result.Module.Diagnostics);
        string? target = parsed.GetValue(output)?.ToString();
        if (target is not null)
        {
            result.Module.Save(target);
        }

        string? page = parsed.GetValue(html)?.ToString();
        if (page is not null)
        {
            Files.WriteText(page, TunePage.Html(Path.GetFileName(path), result));
        }

        double seconds = watch.Elapsed.TotalSeconds;
        JsonObject json = TuneFigures.Json(result, target, seconds);
        json["html"] = page;
        return session.Finish(json, console => TuneFigures.Show(console, result, target, seconds));
    }

    private static Validation? Validation(Session session, OnnxModel model, string? path)
    {
        if (path is null)
        {
            return null;
        }

        (Samples samples, IReadOnlyDictionary<string, Tensor> arrays) = Compilation.Bind(session, model.Inputs, path);
        return new Validation(samples, arrays, path);
    }
}
