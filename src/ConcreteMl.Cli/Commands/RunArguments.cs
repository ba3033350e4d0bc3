using System.CommandLine;
using System.CommandLine.Parsing;
using ConcreteMl.Cli.Output;
using ConcreteMl.Data;

namespace ConcreteMl.Cli.Commands;

/// <summary>The options of commands that run a model on samples: run, score and check.</summary>
internal sealed class RunArguments
{
    private readonly Argument<FileInfo> model = new("MODEL") { Description = "A compiled artefact (.cml), or an .onnx in float mode" };

    private readonly Option<FileInfo> input = new("--input", "-i")
    {
        Description = "Inputs (.npz: x0, x1, …, first axis = samples)",
        Required = true,
        HelpName = "X.npz",
    };

    private readonly Option<string> mode = new("--mode", "-m") { Description = "How to run", Required = true };

    private readonly Option<int?> limit = new("--limit", "-n") { Description = "Use the first N samples only" };

    private readonly Option<FileInfo?> keys = new("--keys", "-k")
    {
        Description = "Secret keys, made on demand and kept there; evaluation keys beside them",
        HelpName = "FILE",
    };

    private readonly Option<long?> seed = new("--seed", "-s") { Description = "Seed of the simulated noise" };

    private readonly Option<int> threads = new("--threads", "-t") { Description = "The most threads to use (default: all)" };

    private readonly Option<int> batch = new("--batch", "-b")
    {
        Description = "Samples that run encrypted together: more throughput, later first result (default: 1)",
        DefaultValueFactory = _ => 1,
    };

    internal RunArguments()
    {
        mode.AcceptOnlyFromAmong("float", "clear", "simulate", "execute");
        threads.Validators.Add(CompileArguments.NotNegative);
        limit.Validators.Add(result => AtLeastOne("--limit", result));
        batch.Validators.Add(result => AtLeastOne("--batch", result));
    }

    private static void AtLeastOne(string name, OptionResult result)
    {
        if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out int value) && value < 1)
        {
            result.AddError($"{name} takes 1 or more.");
        }
    }

    /// <summary>Adds the options; check compares all modes and has none of its own.</summary>
    internal void AddTo(Command command, bool withMode)
    {
        command.Arguments.Add(model);
        List<Option> options = withMode ? [input, mode, limit, keys, seed, threads, batch] : [input, limit, keys, seed, threads, batch];
        options.ForEach(command.Options.Add);
    }

    internal string Model(ParseResult parsed) => parsed.GetRequiredValue(model).ToString();

    internal string Input(ParseResult parsed) => parsed.GetRequiredValue(input).ToString();

    internal string Mode(ParseResult parsed) => parsed.GetRequiredValue(mode);

    internal RunOptions Options(ParseResult parsed) =>
        new()
        {
            Seed = parsed.GetValue(seed) is long value ? (ulong)value : null,
            Threads = parsed.GetValue(threads),
            BatchSize = parsed.GetValue(batch),
            KeyFile = parsed.GetValue(keys)?.ToString(),
        };

    /// <summary>The arrays of the input file, and its first samples bound to the model's inputs.</summary>
    internal (Samples Samples, IReadOnlyDictionary<string, Tensor> Arrays) Bind(
        ParseResult parsed,
        Session session,
        IReadOnlyList<ModelPort> inputs
    )
    {
        string path = Input(parsed);
        IReadOnlyDictionary<string, Tensor> arrays = NpzFile.Load(path);
        SampleBinder binder = new(inputs, path);
        Samples samples = binder.Bind(arrays, parsed.GetValue(limit));
        session.Report(binder.Notes);
        return (samples, arrays);
    }
}
