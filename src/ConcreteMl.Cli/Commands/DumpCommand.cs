using System.CommandLine;
using System.Text;
using ConcreteMl.Cli.Output;
using ConcreteMl.Data;
using ConcreteMl.Interop;

namespace ConcreteMl.Cli.Commands;

/// <summary>dump FILE --stage …: the text of a stage, from a model, an artefact, or a text, which it reprints.</summary>
internal sealed class DumpCommand(Runner runner) : ICommand
{
    private readonly Argument<FileInfo> file = new("FILE") { Description = "A model (.onnx), an artefact (.cml), or the text of a stage" };

    private readonly Option<string?> stage = new("--stage", "-s") { Description = "Which stage; a text is its own" };

    private readonly Option<bool> elide = new("--elide")
    {
        Description = "Large constants as size and hash only; such a text cannot be read back",
    };

    private readonly Option<bool> plainNames = new("--plain-names")
    {
        Description = "ONNX text: plain identifiers with the original names in comments, for older readers",
    };

    private readonly CompileArguments arguments = new();

    public Command Build()
    {
        stage.AcceptOnlyFromAmong("onnx", "float", "planned", "quant", "circuit", "program");
        Command command = new("dump", "Print a stage of a compilation as text") { file, stage, elide, plainNames };
        arguments.AddTo(command);
        return runner.Attach(command, Run);
    }

    private int Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        string path = parsed.GetRequiredValue(file).ToString();
        bool elided = parsed.GetValue(elide);
        Stage? wanted = parsed.GetValue(stage) is string name ? Enum.Parse<Stage>(name, ignoreCase: true) : null;
        byte[] bytes = Files.Read(path);
        if (StageFile.IsText(path, bytes))
        {
            CoreText text = CoreText.Parse(path, Encoding.UTF8.GetString(bytes));
            if (wanted is Stage other && other != text.Kind)
            {
                throw NoStage(path, $"this is the text of the {Name(text.Kind)} stage", Name(text.Kind));
            }

            return session.FinishText("text", text.Print(elided, parsed.GetValue(plainNames)));
        }

        using Source source = Source.Open(path);
        return wanted is Stage one
            ? session.FinishText("text", Text(parsed, session, source, path, one, elided, cancellation))
            : session.WrongUsage(["--stage is needed: a model or an artefact has several stages"]);
    }

    private string Text(
        ParseResult parsed,
        Session session,
        Source source,
        string path,
        Stage wanted,
        bool elided,
        CancellationToken cancellation
    )
    {
        if (source.Module is QuantizedModule module)
        {
            return wanted == Stage.Onnx ? module.Model.Dump(parsed.GetValue(plainNames), elided) : module.Dump(wanted, elided);
        }

        OnnxModel model = source.Model!;
        if (wanted == Stage.Onnx)
        {
            return model.Dump(parsed.GetValue(plainNames), elided);
        }

        if (wanted == Stage.Float)
        {
            return CoreCompiler.Normalize(model, elided);
        }

        CompileOptions options = arguments.Options(parsed);
        using QuantizedModule made = Compilation.Run(session, path, arguments.Calibration(parsed), options, cancellation);
        return made.Dump(wanted, elided);
    }

    private static string Name(Stage stage) => stage.ToString().ToLowerInvariant();

    private static CompilationException NoStage(string path, string message, string expected) =>
        new(Diagnostic.Error("CML6021", path, message, $"--stage {expected}", "Give the model or the artefact for other stages"));
}
