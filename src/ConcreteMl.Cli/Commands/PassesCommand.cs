using System.CommandLine;
using System.Text.Json.Nodes;
using ConcreteMl.Cli.Output;
using Spectre.Console;

namespace ConcreteMl.Cli.Commands;

/// <summary>passes: every step of the compiler, in order, with its stage and the reason of its place.</summary>
internal sealed class PassesCommand(Runner runner) : ICommand
{
    public Command Build() => runner.Attach(new Command("passes", "List the steps of the compiler, in order"), Run);

    private static int Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        JsonArray passes =
        [
            .. PassCatalog.All.Select(pass => new JsonObject
            {
                ["name"] = pass.Name,
                ["stage"] = Name(pass.Stage),
                ["result"] = Name(pass.Result),
                ["summary"] = pass.Summary,
                ["reason"] = pass.Reason,
                ["options"] = Options(pass),
            }),
        ];
        return session.Finish(new JsonObject { ["passes"] = passes }, Show);
    }

    private static string Name(Stage stage) => stage.ToString().ToLowerInvariant();

    private static JsonArray Options(PassInfo pass) =>
        [
            .. pass.Options.Select(option => new JsonObject
            {
                ["name"] = option.Name,
                ["summary"] = option.Summary,
                ["accepts"] = option.Accepts,
                ["default"] = option.Default,
            }),
        ];

    private static void Show(IAnsiConsole console)
    {
        Table table = Tables.Rows("step", "stage", "what it does", "why here");
        foreach (PassInfo pass in PassCatalog.All)
        {
            string stage = pass.Stage == pass.Result ? Name(pass.Stage) : $"{Name(pass.Stage)} to {Name(pass.Result)}";
            table.Add(pass.Name, stage, pass.Summary, pass.Reason);
        }

        console.Write(table);
    }
}
