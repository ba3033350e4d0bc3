using System.CommandLine;
using System.Text.Json.Nodes;
using ConcreteMl.Cli.Output;
using ConcreteMl.Data;

namespace ConcreteMl.Cli.Commands;

/// <summary>graph FILE --stage S -o G.svg: a stage as a picture.</summary>
internal sealed class GraphCommand(Runner runner) : ICommand
{
    private readonly Argument<FileInfo> file = new("FILE") { Description = "A model (.onnx), an artefact (.cml), or the text of a stage" };

    private readonly Option<FileInfo> output = new("--output", "-o")
    {
        Description = "The picture to write",
        Required = true,
        HelpName = "G.svg",
    };

    private readonly StageSource source = new();

    public Command Build()
    {
        Command command = new("graph", "Draw a stage of a compilation as an SVG picture") { file, output };
        source.AddTo(command);
        return runner.Attach(command, Run);
    }

    private int Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        StageText? text = source.Open(parsed, session, parsed.GetRequiredValue(file).ToString(), cancellation);
        if (text is null)
        {
            return session.WrongUsage(["--stage is needed: a model or an artefact has several stages"]);
        }

        string target = parsed.GetRequiredValue(output).ToString();
        string picture = text.ToSvg();
        Files.WriteText(target, picture);
        JsonObject result = new()
        {
            ["output"] = target,
            ["stage"] = text.Stage.ToString().ToLowerInvariant(),
            ["bytes"] = picture.Length,
        };
        return session.Finish(result, _ => session.Message($"{target}: the {result["stage"]} stage of {text.Name}"));
    }
}
