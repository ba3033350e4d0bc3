using System.Text.Json.Nodes;
using ConcreteMl.Cli.Output;
using Spectre.Console;

namespace ConcreteMl.Cli.Commands;

/// <summary>Prints the graphs after steps to standard error, and keeps the times: what compile and opt share.</summary>
internal sealed class StepWatch(Session session, IReadOnlySet<string> printAfter, bool printChanges)
{
    private readonly List<StepReport> steps = [];

    internal void See(StepReport step)
    {
        steps.Add(step);
        if (printAfter.Contains(step.Name) || (printChanges && step.Changed))
        {
            session.Message($"// {step.Number:00} {step.Name} ({step.Stage.ToString().ToLowerInvariant()})");
            session.Message(step.Text().TrimEnd('\n'));
        }
    }

    /// <summary>Names after which nothing was printed, because no step of the name ran.</summary>
    internal IEnumerable<string> Missed => printAfter.Except(steps.Select(step => step.Name));

    /// <summary>A table on standard error.</summary>
    internal void ShowTimes()
    {
        Table table = Tables.Rows(">", "step", "stage", ">time", ">share", "changed");
        double total = steps.Sum(step => step.Seconds);
        foreach (StepReport step in steps)
        {
            table.Add(
                $"{step.Number}",
                step.Name,
                step.Stage.ToString().ToLowerInvariant(),
                Numbers.Seconds(step.Seconds),
                total > 0 ? Numbers.Percent(step.Seconds / total) : "-",
                step.Changed ? "yes" : ""
            );
        }

        table.Add("", "all", "", Numbers.Seconds(total), "", "");
        session.Message(console => console.Write(table));
    }

    internal JsonArray Times() =>
        [
            .. steps.Select(step => new JsonObject
            {
                ["name"] = step.Name,
                ["stage"] = step.Stage.ToString().ToLowerInvariant(),
                ["seconds"] = Math.Round(step.Seconds, 6),
                ["changed"] = step.Changed,
            }),
        ];
}
