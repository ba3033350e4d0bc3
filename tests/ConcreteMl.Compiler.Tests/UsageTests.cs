using System.Text.Json;
using ConcreteMl.Cli.Output;
using NUnit.Framework;
using Spectre.Console;

namespace ConcreteMl.Compiler.Tests;

/// <summary>What the command line says to mistyped lines, completion, and tables off a terminal.</summary>
public sealed class UsageTests
{
    [TestCase("compil", "compile")]
    [TestCase("scroe", "score")]
    [TestCase("encrpyt", "encrypt")]
    public void Unknown_commands_name_the_nearest_also_when_help_is_asked_for(string met, string meant)
    {
        foreach (string[] line in new[] { new[] { met }, [met, "--help"], [met, "x.cml", "--json"] })
        {
            Cli run = Cli.Run(line);
            Assert.That(run.ExitCode, Is.EqualTo(2));
            Assert.That(run.Error, Does.Contain($"did you mean {meant}"));
        }
    }

    [Test]
    public void Without_arguments_the_commands_are_listed()
    {
        Cli run = Cli.Run();
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Output, Is.Empty);
        Assert.That(run.Error, Does.Contain("compile").And.Contain("remote").And.Contain("explain"));
    }

    [TestCase(60, false)]
    [TestCase(200, true)]
    public void A_report_leaves_out_columns_where_the_terminal_is_narrow_and_says_so(int width, bool isWhole)
    {
        StringWriter output = new();
        IAnsiConsole console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = AnsiSupport.No,
                Interactive = InteractionSupport.No,
                Out = new AnsiConsoleOutput(output),
            }
        );
        console.Profile.Width = width;
        FittedTable table = new(("node", 0), ("operations", 2), (">time", 0), (">share", 1));
        table.Add("/0/Conv", new string('o', 50), "5 ms", "100 %");
        table.Write(console);
        string[] lines = output.ToString().TrimEnd().Split('\n');
        Assert.That(lines.Max(line => line.TrimEnd().Length), Is.LessThanOrEqualTo(width));
        Assert.That(lines.Count(line => line.Contains("/0/Conv")), Is.EqualTo(1), "one line for each row");
        Assert.That(output.ToString().Contains("Not shown for want of width: operations"), Is.EqualTo(!isWhole));
        Assert.That(output.ToString(), Does.Contain("100 %"));
    }

    [Test]
    public void Unknown_options_name_the_nearest()
    {
        Cli run = Cli.Run("run", DigitsMlp.Artefact, "--inptu", DigitsMlp.Test, "--mode", "clear");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("did you mean --input"));
    }

    [Test]
    public void Commands_and_options_are_completed()
    {
        Assert.That(Cli.Run("[suggest:5]", "compi").Output.Split('\n'), Does.Contain("compile"));
        Assert.That(Cli.Run("[suggest:13]", "run x.cml --i").Output, Does.Contain("--input"));
    }

    [Test]
    public void A_report_has_one_line_for_each_node_and_shares_that_sum_to_one()
    {
        Cli text = Cli.Run("report", DigitsMlp.Artefact);
        JsonElement json = Cli.Run("report", DigitsMlp.Artefact, "--json").Json();
        JsonElement[] nodes = [.. json.GetProperty("nodes").EnumerateArray()];
        JsonElement[] layers = [.. json.GetProperty("layers").EnumerateArray()];
        string[] names = [.. nodes.Select(node => node.GetProperty("node").GetString()!)];
        Assert.That(names, Is.Unique);
        Assert.That(names, Is.EquivalentTo(layers.Select(layer => layer.GetProperty("node").GetString()).Distinct()));
        Assert.That(nodes.Sum(node => node.GetProperty("share").GetDouble()), Is.EqualTo(1.0).Within(1e-9));
        foreach (string field in new[] { "lookups", "bootstraps" })
        {
            Assert.That(nodes.Sum(node => node.GetProperty(field).GetInt64()), Is.EqualTo(json.GetProperty(field).GetInt64()));
        }

        foreach (string name in names)
        {
            string[] lines = [.. text.Output.Split('\n').Where(line => line.TrimStart().StartsWith(name + " ", StringComparison.Ordinal))];
            Assert.That(lines, Has.Length.EqualTo(1), text.Output);
        }

        Assert.That(text.Output.Split('\n'), Has.All.Matches<string>(line => line.TrimEnd() == line));
    }
}
