using System.CommandLine;
using System.Text.Json.Nodes;
using ConcreteMl.Cli.Output;

namespace ConcreteMl.Cli.Commands;

/// <summary>diff A B: what two graphs of one stage differ in, by value and not by line.</summary>
internal sealed class DiffCommand(Runner runner) : ICommand
{
    private readonly Argument<FileInfo> before = new("A") { Description = "The text of a stage; with --stage also a model or an artefact" };

    private readonly Argument<FileInfo> after = new("B") { Description = "The same, to compare with" };

    private readonly Option<bool> exitCode = new("--exit-code") { Description = "Exit with 3 when they differ" };

    private readonly StageSource source = new();

    public Command Build()
    {
        Command command = new("diff", "Compare two graphs by what they compute: numbering and order are no differences")
        {
            before,
            after,
            exitCode,
        };
        source.AddTo(command);
        return runner.Attach(command, Run);
    }

    private int Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        StageText? first = source.Open(parsed, session, parsed.GetRequiredValue(before).ToString(), cancellation);
        StageText? second = source.Open(parsed, session, parsed.GetRequiredValue(after).ToString(), cancellation);
        if (first is null || second is null)
        {
            return session.WrongUsage(["--stage is needed: a model or an artefact has several stages"]);
        }

        GraphComparison compared = first.Compare(second);
        JsonArray differences =
        [
            .. compared.Differences.Select(difference => new JsonObject
            {
                ["kind"] = difference.Kind,
                ["node"] = difference.Node,
                ["text"] = difference.Text,
            }),
        ];
        bool equal = compared.Differences.Count == 0;
        return session.Finish(
            new JsonObject
            {
                ["equal"] = equal,
                ["alike"] = compared.Alike,
                ["differences"] = differences,
            },
            _ =>
            {
                foreach (GraphDifference difference in compared.Differences)
                {
                    session.Write(difference.Text + "\n");
                }

                session.Message($"{compared.Alike} nodes alike, {compared.Differences.Count} differences");
            },
            equal || !parsed.GetValue(exitCode) ? ExitCode.Done : ExitCode.Disagreement
        );
    }
}
