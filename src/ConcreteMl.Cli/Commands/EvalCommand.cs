using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using ConcreteMl.Cli.Output;
using ConcreteMl.Data;
using ConcreteMl.Interop;

namespace ConcreteMl.Cli.Commands;

/// <summary>eval FILE.mlir --input X.npz: runs any stage in clear; codes in and out past float.</summary>
internal sealed class EvalCommand(Runner runner) : ICommand
{
    private readonly Argument<FileInfo> file = new("FILE.mlir") { Description = "The text of a stage" };

    private readonly Option<FileInfo> input = new("--input", "-i")
    {
        Description = "Inputs (.npz: x0, x1, …, first axis = samples); integer codes past the float stage",
        Required = true,
        HelpName = "X.npz",
    };

    private readonly Option<FileInfo?> output = new("--output", "-o")
    {
        Description = "Write the outputs (y0, y1, …) to this file",
        HelpName = "Y.npz",
    };

    public Command Build() => runner.Attach(new Command("eval", "Run the text of a stage in clear") { file, input, output }, Run);

    private int Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        string path = parsed.GetRequiredValue(file).ToString();
        string data = parsed.GetRequiredValue(input).ToString();
        CoreText text = CoreText.Parse(path, Encoding.UTF8.GetString(Files.Read(path)));
        SampleBinder binder = new(text.Inputs, data);
        Samples samples = binder.Bind(NpzFile.Load(data), limit: null);
        session.Report(binder.Notes);
        IReadOnlyList<Tensor> outputs = text.Evaluate(samples);
        if (parsed.GetValue(output) is FileInfo target)
        {
            NpzFile.Save(target.ToString(), outputs.Select((tensor, index) => new KeyValuePair<string, Tensor>($"y{index}", tensor)));
        }

        JsonObject result = new()
        {
            ["stage"] = text.Kind.ToString().ToLowerInvariant(),
            ["samples"] = samples.Items.Count,
            ["outputs"] = JsonTensors.Of(outputs),
        };
        return session.Finish(result, console => TensorLines.Show(console, outputs));
    }
}
