using System.CommandLine;
using ConcreteMl.Cli.Output;
using ConcreteMl.Data;

namespace ConcreteMl.Cli.Commands;

/// <summary>opt FILE.mlir --pass A --pass B[option=value]: what passes make of a text.</summary>
internal sealed class OptCommand(Runner runner) : ICommand
{
    private readonly Argument<FileInfo> file = new("FILE.mlir") { Description = "The text of a stage" };

    private readonly Option<string[]> passes = new("--pass", "-p")
    {
        Description = "A step's name, with options as name[option=value,…]; several run in order",
        Required = true,
        HelpName = "PASS",
    };

    private readonly Option<FileInfo?> output = new("--output", "-o")
    {
        Description = "Write the text to this file instead of standard output",
        HelpName = "OUT.mlir",
    };

    private readonly Option<FileInfo?> input = new("--input", "-i")
    {
        Description = "Samples (.npz) for passes that look at data, and for --validate instead of random ones",
        HelpName = "X.npz",
    };

    private readonly Option<bool> verifyEach = new("--verify-each")
    {
        Description = "Verify the graph after every pass (--verify-each false: look at illegal graphs)",
        DefaultValueFactory = _ => true,
    };

    private readonly Option<bool> validate = new("--validate")
    {
        Description = "Run the graph before and after every pass, and refuse a pass that changes what it computes",
    };

    private readonly Option<bool> printAfterChange = new("--print-after-change")
    {
        Description = "Print the graph after every pass that changed it, to standard error",
    };

    private readonly Option<bool> timing = new("--timing") { Description = "Print the time of every pass to standard error" };

    private readonly Option<bool> elide = new("--elide") { Description = "Large constants as size and hash only" };

    private readonly CompileArguments arguments = new(forPasses: true);

    public Command Build()
    {
        Command command = new("opt", "Run passes on the text of a stage")
        {
            file,
            passes,
            output,
            input,
            verifyEach,
            validate,
            printAfterChange,
            timing,
            elide,
        };
        arguments.AddTo(command);
        return runner.Attach(command, Run);
    }

    private int Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        StageText text = StageText.Load(parsed.GetRequiredValue(file).ToString());
        StepWatch watch = new(session, new HashSet<string>(), parsed.GetValue(printAfterChange));
        PassRunOptions options = new()
        {
            Verify = parsed.GetValue(verifyEach),
            Validate = parsed.GetValue(validate),
            Samples = parsed.GetValue(input) is FileInfo data ? SampleFile.Load(text.Inputs, data.ToString(), session) : null,
            Compile = arguments.Options(parsed),
            OnStep = watch.See,
        };
        StageText result = text.Apply(parsed.GetRequiredValue(passes), options, null, cancellation);
        session.Report(result.Diagnostics);
        if (parsed.GetValue(timing))
        {
            watch.ShowTimes();
        }

        string made = result.Print(parsed.GetValue(elide));
        if (parsed.GetValue(output) is FileInfo target)
        {
            Files.WriteText(target.ToString(), made);
            return session.Finish(new() { ["output"] = target.ToString(), ["steps"] = watch.Times() }, _ => { });
        }

        return session.Json
            ? session.Finish(new() { ["text"] = made, ["steps"] = watch.Times() }, _ => { })
            : session.FinishText("text", made);
    }
}
