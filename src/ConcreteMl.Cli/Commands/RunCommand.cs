using System.CommandLine;
using System.Text.Json.Nodes;
using ConcreteMl.Cli.Output;
using ConcreteMl.Data;
using ConcreteMl.Running;
using ConcreteMl.Tfhe.Programs;
using Spectre.Console;

namespace ConcreteMl.Cli.Commands;

/// <summary>run OUT.cml --input X.npz --mode …: inference.</summary>
internal sealed class RunCommand(Runner runner) : ICommand
{
    private readonly RunArguments arguments = new();
    private readonly Option<FileInfo?> output = new("--output", "-o")
    {
        Description = "Write the outputs (y0, y1, …) to this file",
        HelpName = "Y.npz",
    };

    public Command Build()
    {
        Command command = new("run", "Run a model on float, clear, simulated or encrypted data");
        arguments.AddTo(command, withMode: true);
        command.Options.Add(output);
        return runner.Attach(command, Run);
    }

    private int Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        string path = arguments.Model(parsed);
        string mode = arguments.Mode(parsed);
        using Source source = Source.Open(path);
        (Samples samples, _) = arguments.Bind(parsed, session, source.Inputs);
        Inference done = Inference.Of(mode, path, source, samples, arguments.Options(parsed), session, cancellation);
        if (parsed.GetValue(output) is FileInfo target)
        {
            NpzFile.Save(target.ToString(), done.Outputs.Select((tensor, index) => new KeyValuePair<string, Tensor>($"y{index}", tensor)));
        }

        JsonObject result = Result(mode, done);
        if (done.Labels.Any(labels => labels.Count > 0))
        {
            result["texts"] = JsonTensors.Texts(done.Outputs, done.Labels);
        }

        return session.Finish(result, console => Show(console, mode, done));
    }

    private static JsonObject Result(string mode, Inference done)
    {
        JsonObject result = new()
        {
            ["mode"] = mode,
            ["samples"] = done.Samples,
            ["seconds"] = done.Seconds,
            ["seconds_per_sample"] = done.Seconds / done.Samples,
            ["outputs"] = JsonTensors.Of(done.Outputs),
        };
        if (done.Run is ModuleRun run)
        {
            result["quantized_outputs"] = JsonTensors.Of(run.Codes);
            // of one sample, as compile, report and check say it; how clear runs imitate a rounding is no matter
            result["bootstraps"] = run.Bootstraps;
            result["clipped_inputs"] = run.Clipped.Sum(input => input.Count);
            Add(result, run.Counted);
        }

        if (done.Run?.Encrypted is EncryptedTimes times)
        {
            result["keygen_seconds"] = times.KeygenSeconds;
            result["keys_cached"] = times.KeysCached;
            result["evaluation_key_bytes"] = times.EvaluationKeyBytes;
            result["encrypt_seconds"] = Times(times.EncryptSeconds);
            result["run_seconds"] = Times(times.RunSeconds);
            result["decrypt_seconds"] = Times(times.DecryptSeconds);
        }

        return result;
    }

    private static void Add(JsonObject result, ExecutionStatistics? counted)
    {
        if (counted is not null)
        {
            result["lookup_failures"] = counted.LookupFailures;
            result["off_by_one"] = counted.OffByOnes;
            result["range_overflows"] = counted.RangeOverflows;
        }
    }

    private static JsonArray Times(IEnumerable<double> seconds) => [.. seconds.Select(value => (JsonNode)value)];

    private static void Show(IAnsiConsole console, string mode, Inference done)
    {
        TensorLines.Show(console, done.Outputs);
        Grid grid = Tables.Facts();
        grid.AddRow("mode", mode);
        grid.AddRow("samples", Numbers.Count(done.Samples));
        grid.AddRow("per sample", Numbers.Seconds(done.Seconds / done.Samples));
        if (done.Run?.Encrypted is EncryptedTimes times)
        {
            grid.AddRow("keys", times.KeysCached ? "from the key file" : $"made in {Numbers.Seconds(times.KeygenSeconds)}");
            grid.AddRow("evaluation key", Numbers.Bytes(times.EvaluationKeyBytes));
            grid.AddRow("encrypt", Numbers.Seconds(times.EncryptSeconds.Average()));
            grid.AddRow("run", Numbers.Seconds(times.RunSeconds.Average()));
            grid.AddRow("decrypt", Numbers.Seconds(times.DecryptSeconds.Average()));
        }

        console.Write(grid);
    }
}
