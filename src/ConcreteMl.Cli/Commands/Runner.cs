using System.CommandLine;
using ConcreteMl.Cli.Output;

namespace ConcreteMl.Cli.Commands;

/// <summary>Gives every command --json and --verbose, and runs it guarded.</summary>
internal sealed class Runner(TextWriter output, TextWriter error, string line, CancellationToken cancellation)
{
    private readonly Option<bool> json = new("--json") { Description = "Print one JSON object on standard output" };
    private readonly Option<bool> verbose = new("--verbose") { Description = "Show where a defect happened" };

    /// <summary>Sets the command's action; <paramref name="work"/> returns the exit code.</summary>
    internal Command Attach(Command command, Func<ParseResult, Session, CancellationToken, int> work)
    {
        command.Options.Add(json);
        command.Options.Add(verbose);
        command.SetAction(parsed =>
        {
            Session session = new(output, error, parsed.GetValue(json), parsed.GetValue(verbose));
            return session.Guard(line, () => work(parsed, session, cancellation));
        });
        return command;
    }
}
