using System.Text.RegularExpressions;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>Benchmarks and figures that the documents name are those that the sources have.</summary>
public sealed partial class BenchmarkTests
{
    private static readonly string Program = File.ReadAllText(Tree.At("tests", "Benchmarks", "Program.cs"));

    [Test]
    public void Benchmarks_named_in_documents_exist()
    {
        string[] named =
        [
            .. Directory
                .EnumerateFiles(Tree.At("docs"), "*.md")
                .Append(Tree.At("README.md"))
                .SelectMany(page => CommandPattern().Matches(File.ReadAllText(page)))
                .Select(match => match.Groups[1].Value)
                .Distinct(),
        ];
        Assert.That(named, Is.SupersetOf(new[] { "pbs", "lookup", "model", "noise" }));
        string build = File.ReadAllText(Tree.At("build.fsx"));
        string offered = ListPattern().Match(build).Groups[1].Value;
        Assert.That(named, Is.All.Matches<string>(verb => offered.Contains($"\"{verb}\"", StringComparison.Ordinal)));
        Assert.That(named, Is.All.Matches<string>(verb => VerbPattern(verb).IsMatch(Program)));
    }

    [Test]
    public void Figures_named_in_the_performance_page_are_printed_by_a_benchmark()
    {
        string sources = string.Concat(
            Directory.EnumerateFiles(Tree.At("tests", "Benchmarks"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText)
        );
        string[] fields =
        [
            .. FieldPattern()
                .Matches(File.ReadAllText(Tree.At("docs", "performance.md")))
                .Select(match => match.Groups[1].Value)
                .Distinct(),
        ];
        Assert.That(fields, Is.Not.Empty);
        // "peer_x" and "x_ratio" are made from the name of x
        Assert.That(
            fields,
            Is.All.Matches<string>(field => Stems(field).Any(stem => sources.Contains($"\"{stem}\"", StringComparison.Ordinal)))
        );
    }

    private static IEnumerable<string> Stems(string field)
    {
        yield return field;
        yield return field.StartsWith("peer_", StringComparison.Ordinal) ? field[5..] : field;
        yield return field.EndsWith("_ratio", StringComparison.Ordinal) ? field[..^6] : field;
    }

    private static Regex VerbPattern(string verb) => new($@"new\(\s*""{verb}""");

    [GeneratedRegex("build.fsx -- bench ([a-z]+)")]
    private static partial Regex CommandPattern();

    [GeneratedRegex("let benchmarks =\\s*\\[([^\\]]*)\\]")]
    private static partial Regex ListPattern();

    [GeneratedRegex("`([a-z0-9]+(?:_[a-z0-9]+)+)`")]
    private static partial Regex FieldPattern();
}
