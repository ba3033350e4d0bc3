using System.CommandLine;
using System.Text.Json.Nodes;
using ConcreteMl.Cli.Output;
using ConcreteMl.Data;

namespace ConcreteMl.Cli.Commands;

/// <summary>eval FILE.mlir --input X.npz: runs any stage in clear, on real numbers or codes.</summary>
internal sealed class EvalCommand(Runner runner) : ICommand
{
    private readonly Argument<FileInfo> file = new("FILE.mlir") { Description = "The text of a stage" };

    private readonly Option<FileInfo> input = new("--input", "-i")
    {
        Description = "Inputs (.npz: x0, x1, …, first axis = samples)",
        Required = true,
        HelpName = "X.npz",
    };

    private readonly Option<FileInfo?> output = new("--output", "-o")
    {
        Description = "Write the outputs (y0, y1, …) to this file",
        HelpName = "Y.npz",
    };

    private readonly Option<bool> asCodes = new("--codes")
    {
        Description = "Inputs and outputs are the integer codes of an integer stage, not real numbers",
    };

    public Command Build() => runner.Attach(new Command("eval", "Run the text of a stage in clear") { file, input, output, asCodes }, Run);

    private int Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        string data = parsed.GetRequiredValue(input).ToString();
        bool codes = parsed.GetValue(asCodes);
        StageText text = StageText.Load(parsed.GetRequiredValue(file).ToString());
        SampleBinder binder = new(text.Core.Inputs(codes), data);
        Samples samples = binder.Bind(NpzFile.Load(data), limit: null);
        session.Report(binder.Notes);
        (IReadOnlyList<Tensor> reals, IReadOnlyList<Tensor>? integers) = text.Core.Forward(samples, codes);
        IReadOnlyList<Tensor> outputs = codes && integers is not null ? integers : reals;
        if (parsed.GetValue(output) is FileInfo target)
        {
            NpzFile.Save(target.ToString(), outputs.Select((tensor, index) => new KeyValuePair<string, Tensor>($"y{index}", tensor)));
        }

        JsonObject result = new()
        {
            ["stage"] = text.Stage.ToString().ToLowerInvariant(),
            ["samples"] = samples.Items.Count,
            ["outputs"] = JsonTensors.Of(outputs),
        };
        if (integers is not null)
        {
            result["quantized_outputs"] = JsonTensors.Of(integers);
        }

        return session.Finish(result, console => TensorLines.Show(console, outputs));
    }
}
