using System.CommandLine;
using System.Text.Json.Nodes;
using ConcreteMl.Cli.Output;
using ConcreteMl.Data;
using ConcreteMl.Running;
using ConcreteMl.Tfhe.Programs;
using Spectre.Console;

namespace ConcreteMl.Cli.Commands;

/// <summary>score OUT.cml --input TEST.npz --mode …: accuracy, and errors against expected outputs.</summary>
internal sealed class ScoreCommand(Runner runner) : ICommand
{
    private readonly RunArguments arguments = new();
    private readonly Option<bool> layers = new("--layers")
    {
        Description = "The error of every layer against the unquantized model in clear, its ranges and overflows",
    };

    public Command Build()
    {
        Command command = new("score", "Measure accuracy and error against the labels and outputs in a test file");
        arguments.AddTo(command, withMode: true);
        command.Options.Add(layers);
        return runner.Attach(command, Run);
    }

    private int Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        string path = arguments.Model(parsed);
        string mode = arguments.Mode(parsed);
        using Source source = Source.Open(path);
        (Samples samples, IReadOnlyDictionary<string, Tensor> arrays) = arguments.Bind(parsed, session, source.Inputs);
        Inference done = Inference.Of(mode, path, source, samples, arguments.Options(parsed), session, cancellation);
        ModelScore score = ModelScore.Of(done.Outputs, done.Labels, arrays, done.Samples, arguments.Input(parsed));
        JsonArray outputs =
        [
            .. score.Outputs.Select(output => new JsonObject
            {
                ["output"] = output.Output,
                ["mean_abs_error"] = JsonTensors.Number(output.MeanAbsError),
                ["error_over_std"] = JsonTensors.Number(output.ErrorOverStd),
            }),
        ];
        JsonObject result = new()
        {
            ["mode"] = mode,
            ["samples"] = score.Samples,
            ["accuracy"] = score.Accuracy,
            ["mean_abs_error"] = JsonTensors.Number(score.MeanAbsError),
            ["error_over_std"] = JsonTensors.Number(score.ErrorOverStd),
            ["outputs"] = outputs,
            ["seconds"] = done.Seconds,
        };
        if (done.Run is ModuleRun run)
        {
            result["clipped_inputs"] = run.Clipped.Sum(input => input.Count);
        }

        if (done.Run?.Counted is ExecutionStatistics counted)
        {
            result["range_overflows"] = counted.RangeOverflows;
        }

        LayerFigures? figures = parsed.GetValue(layers)
            ? new LayerFigures(source.RequireModule(path, "--layers").ScoreLayers(samples), done.Run?.Counted)
            : null;
        if (figures is not null)
        {
            result["layers"] = figures.Json();
        }

        return session.Finish(result, console => Show(console, mode, score, done, figures));
    }

    private static void Show(IAnsiConsole console, string mode, ModelScore score, Inference done, LayerFigures? layers)
    {
        layers?.Show(console);
        Grid grid = Tables.Facts();
        grid.AddRow("mode", mode);
        grid.AddRow("samples", Numbers.Count(score.Samples));
        if (score.Accuracy is double accuracy)
        {
            grid.AddRow("accuracy", Numbers.Percent(accuracy));
        }

        foreach ((int output, double mean, double overStd) in score.Outputs)
        {
            string name = score.Outputs.Count == 1 ? "error" : $"error of y{output}";
            grid.AddRow(name, $"{Numbers.Figure(mean)} mean, {Numbers.Figure(overStd)} of y{output}'s standard deviation");
        }

        if (done.Run?.Counted is { RangeOverflows: > 0 } counted)
        {
            grid.AddRow("range overflows", Numbers.Count(counted.RangeOverflows));
        }

        grid.AddRow("time", Numbers.Seconds(done.Seconds));
        console.Write(grid);
    }
}
