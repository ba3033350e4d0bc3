using System.CommandLine;
using ConcreteMl.Cli.Output;

namespace ConcreteMl.Cli.Commands;

/// <summary>The options of compile about single steps: passes from outside, validation, and what is shown.</summary>
internal sealed class StepArguments
{
    private readonly Option<string[]> before = new("--before")
    {
        Description = "STEP=plugin.dll:Type: run the pass of an own assembly before a step",
        HelpName = "STEP=DLL:TYPE",
    };

    private readonly Option<string[]> after = new("--after") { Description = "The same behind a step", HelpName = "STEP=DLL:TYPE" };

    private readonly Option<bool> validate = new("--validate")
    {
        Description = "Run every stage before and after each step on five samples, and refuse a step that changes what it computes",
    };

    private readonly Option<string[]> printAfter = new("--print-after")
    {
        Description = "Print the graph after a step, to standard error",
        HelpName = "STEP",
    };

    private readonly Option<bool> timing = new("--timing") { Description = "Print the time of every step to standard error" };

    internal void AddTo(Command command)
    {
        Option[] all = [before, after, validate, printAfter, timing];
        foreach (Option option in all)
        {
            command.Options.Add(option);
        }

        before.Validators.Add(result => Insertion(result, "--before"));
        after.Validators.Add(result => Insertion(result, "--after"));
    }

    internal StepWatch Watch(ParseResult parsed, Session session) =>
        new(session, new HashSet<string>(parsed.GetValue(printAfter) ?? []), printChanges: false);

    internal CompileOptions Options(ParseResult parsed, StepWatch watch, CompileOptions options) =>
        options with
        {
            Passes = [.. Insertions(parsed.GetValue(before), after: false), .. Insertions(parsed.GetValue(after), after: true)],
            Validate = parsed.GetValue(validate),
            OnStep = watch.See,
        };

    /// <summary>What is shown when the compilation is done; a step to print that never ran is said, with the names of those that did.</summary>
    internal void Finish(ParseResult parsed, StepWatch watch, Session session)
    {
        if (parsed.GetValue(timing))
        {
            watch.ShowTimes();
        }

        foreach (string missed in watch.Missed)
        {
            session.Message($"--print-after {missed}: no such step ran; concreteml passes lists the steps");
        }
    }

    private static IEnumerable<PassInsertion> Insertions(string[]? texts, bool after) =>
        (texts ?? [])
            .Select(text => PassInsertion.TryParse(text, after, out PassInsertion? insertion) ? insertion : null)
            .OfType<PassInsertion>();

    private static void Insertion(System.CommandLine.Parsing.OptionResult result, string name)
    {
        foreach (System.CommandLine.Parsing.Token token in result.Tokens)
        {
            if (!PassInsertion.TryParse(token.Value, after: false, out _))
            {
                result.AddError($"{name} takes STEP=plugin.dll:Type, not '{token.Value}'.");
            }
        }
    }
}
