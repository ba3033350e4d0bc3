using System.CommandLine;
using System.Text.Json.Nodes;
using ConcreteMl.Cli.Output;
using Spectre.Console;

namespace ConcreteMl.Cli.Commands;

/// <summary>ops: every operator, its opsets, how it is carried out on encrypted data, restrictions.</summary>
internal sealed class OpsCommand(Runner runner) : ICommand
{
    private readonly Option<bool> markdown = new("--markdown") { Description = "Print a Markdown table" };

    public Command Build() => runner.Attach(new Command("ops", "List the operators that models may contain") { markdown }, Run);

    private int Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        JsonArray operators =
        [
            .. OperatorCatalog.All.Select(entry => new JsonObject
            {
                ["domain"] = entry.Domain,
                ["name"] = entry.Name,
                ["since"] = entry.Since,
                ["newest"] = entry.Newest,
                ["execution"] = entry.Execution,
                ["restrictions"] = entry.Restrictions,
            }),
        ];
        bool asMarkdown = parsed.GetValue(markdown);
        return session.Finish(
            new JsonObject { ["operators"] = operators },
            console =>
            {
                if (asMarkdown)
                {
                    session.Write(Markdown());
                }
                else
                {
                    Show(console);
                }
            }
        );
    }

    private static string Name(SupportedOperator entry) => entry.Domain == "ai.onnx" ? entry.Name : $"{entry.Domain}.{entry.Name}";

    private static string Opsets(SupportedOperator entry) =>
        entry.Since == entry.Newest ? $"{entry.Since}" : $"{entry.Since}-{entry.Newest}";

    private static string Markdown()
    {
        IEnumerable<string> rows = OperatorCatalog.All.Select(entry =>
            $"| {Name(entry)} | {Opsets(entry)} | {entry.Execution} | {entry.Restrictions} |"
        );
        string[] head = ["| operator | opsets | on encrypted data | restrictions |", "| --- | --- | --- | --- |"];
        return string.Join('\n', [.. head, .. rows]) + "\n";
    }

    private static void Show(IAnsiConsole console)
    {
        Table table = Tables.Rows("operator", "opsets", "on encrypted data", "restrictions");
        foreach (SupportedOperator entry in OperatorCatalog.All)
        {
            table.Add(Name(entry), Opsets(entry), entry.Execution, entry.Restrictions);
        }

        console.Write(table);
    }
}
