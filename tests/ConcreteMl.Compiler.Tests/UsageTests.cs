using System.Text.Json;
using NUnit.Framework;

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
