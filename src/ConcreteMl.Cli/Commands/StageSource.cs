using System.CommandLine;
using ConcreteMl.Cli.Output;

namespace ConcreteMl.Cli.Commands;

/// <summary>A stage of any file: of a text itself, of an artefact, or of a model, which is compiled as far as that takes.</summary>
internal sealed class StageSource
{
    private readonly Option<string?> stage = new("--stage", "-s") { Description = "Which stage; a text is its own" };

    private readonly CompileArguments arguments = new();

    internal void AddTo(Command command)
    {
        stage.AcceptOnlyFromAmong([.. Enum.GetNames<Stage>().Select(name => name.ToLowerInvariant())]);
        command.Options.Add(stage);
        arguments.AddTo(command);
    }

    /// <summary>The stage; null when the line names none and the file has several.</summary>
    /// <exception cref="CompilationException">The file has no such stage, or cannot be read or compiled.</exception>
    internal StageText? Open(ParseResult parsed, Session session, string path, CancellationToken cancellation)
    {
        Stage? wanted = parsed.GetValue(stage) is string name ? Enum.Parse<Stage>(name, ignoreCase: true) : null;
        if (StageFile.IsText(path, StageFile.Start(path)))
        {
            StageText text = StageText.Load(path);
            return wanted is null || wanted == text.Stage ? text : throw Missing(path, text.Stage);
        }

        if (wanted is not Stage one)
        {
            return null;
        }

        using Source source = Source.Open(path);
        if (source.Module is QuantizedModule module)
        {
            return module.Text(one);
        }

        if (one is Stage.Onnx or Stage.Float)
        {
            return one == Stage.Onnx ? source.Model!.Text() : ModelCompiler.Normalize(source.Model!);
        }

        using QuantizedModule made = Compilation.Run(session, path, arguments.Calibration(parsed), arguments.Options(parsed), cancellation);
        return made.Text(one);
    }

    private static CompilationException Missing(string path, Stage met) =>
        new([
            new Diagnostic(
                "CML6021",
                DiagnosticSeverity.Error,
                path,
                $"this is the text of the {met.ToString().ToLowerInvariant()} stage",
                $"--stage {met.ToString().ToLowerInvariant()}",
                "Give the model or the artefact for other stages"
            ),
        ]);
}
