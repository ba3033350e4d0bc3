using System.CommandLine;
using System.Text.Json.Nodes;
using ConcreteMl.Cli.Output;
using Spectre.Console;

namespace ConcreteMl.Cli.Commands;

/// <summary>explain CML1234: what a diagnostic means.</summary>
internal sealed class ExplainCommand(Runner runner) : ICommand
{
    private readonly Argument<string> code = new("code") { Description = "A diagnostic code such as CML6013" };

    public Command Build() =>
        runner.Attach(new Command("explain", "Say what a diagnostic means, with an example and the cure") { code }, Run);

    private int Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        string wanted = parsed.GetRequiredValue(code);
        DiagnosticExplanation? entry = DiagnosticCatalog.Find(wanted);
        if (entry is null)
        {
            return session.WrongUsage([
                $"'{wanted}' is no diagnostic code; there are {DiagnosticCatalog.All.Count}, from {DiagnosticCatalog.All[0].Code} on",
            ]);
        }

        JsonObject result = new()
        {
            ["code"] = entry.Code,
            ["title"] = entry.Title,
            ["explanation"] = entry.Explanation,
            ["example"] = entry.Example,
            ["cure"] = entry.Cure,
        };
        return session.Finish(
            result,
            console =>
            {
                console.WriteLine($"{entry.Code}: {entry.Title}");
                Grid grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
                grid.AddRow(new Text("Meaning"), new Text(entry.Explanation));
                grid.AddRow(new Text("Example"), new Text(entry.Example));
                grid.AddRow(new Text("Cure"), new Text(entry.Cure));
                console.Write(grid);
            }
        );
    }
}
