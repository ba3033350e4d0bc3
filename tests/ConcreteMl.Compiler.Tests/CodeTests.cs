using System.Text.RegularExpressions;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

public sealed partial class CodeTests
{
    [Test]
    public void Every_code_in_the_sources_is_explained_once()
    {
        string[] tables = [Tree.At("src", "ConcreteMl.Compiler.Core", "Base", "Codes")];
        HashSet<string> used = [];
        foreach (string file in Directory.EnumerateFiles(Tree.At("src"), "*.*", SearchOption.AllDirectories))
        {
            bool source = file.EndsWith(".fs", StringComparison.Ordinal) || file.EndsWith(".cs", StringComparison.Ordinal);
            bool written = !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal);
            if (source && written && !tables.Any(file.StartsWith))
            {
                IEnumerable<string> code = File.ReadLines(file).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal));
                used.UnionWith(code.SelectMany(line => CodePattern().Matches(line).Select(match => match.Value)));
            }
        }

        string[] known = [.. DiagnosticCatalog.All.Select(entry => entry.Code)];
        Assert.That(known, Is.Unique);
        Assert.That(used.Except([.. known, "CML1234"]).Order(), Is.Empty, "codes without an entry in Base/Codes");
    }

    [Test]
    public void Every_explanation_says_all_that_it_should()
    {
        foreach (DiagnosticExplanation entry in DiagnosticCatalog.All)
        {
            string[] parts = [entry.Title, entry.Explanation, entry.Example, entry.Cure];
            Assert.That(parts, Is.All.Not.Empty, entry.Code);
            Assert.That(CodePattern().IsMatch(entry.Code), entry.Code);
        }
    }

    [Test]
    public void Explain_prints_the_entry_and_refuses_unknown_codes()
    {
        Cli known = Cli.Run("explain", "cml6013", "--json");
        Assert.That(known.ExitCode, Is.Zero);
        Assert.That(known.Json().GetProperty("code").GetString(), Is.EqualTo("CML6013"));
        Assert.That(Cli.Run("explain", "CML0000").ExitCode, Is.EqualTo(2));
    }

    [GeneratedRegex("CML[0-9]{4}")]
    private static partial Regex CodePattern();
}
