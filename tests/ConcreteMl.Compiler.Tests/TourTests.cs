using System.Text.RegularExpressions;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>docs/tour.md quotes the lines that two layers of the shipped model have in every stage; they are taken from its dumps.</summary>
public sealed partial class TourTests
{
    [Test]
    public void The_tour_quotes_what_the_stages_say()
    {
        string file = Tree.At("docs", "tour.md");
        using QuantizedModule module = QuantizedModule.Load(DigitsMlp.Artefact);
        string page = File.ReadAllText(file);
        string made = BlockPattern().Replace(page, block => Quoted(module, block));
        if (Environment.GetEnvironmentVariable("CML_BLESS") == "1" && Environment.GetEnvironmentVariable("CI") is null)
        {
            File.WriteAllText(file, made);
        }

        Assert.That(File.ReadAllText(file), Is.EqualTo(made), "CML_BLESS=1 writes the quotations again");
        Assert.That(BlockPattern().Count(page), Is.GreaterThanOrEqualTo(5));
    }

    // ```text stage=quant of=/0/Gemm,/1/Relu
    private static string Quoted(QuantizedModule module, Match block)
    {
        Stage stage = Enum.Parse<Stage>(block.Groups[1].Value, ignoreCase: true);
        string[] nodes = block.Groups[2].Value.Split(',');
        IEnumerable<string> lines = module
            .Dump(stage, elide: true)
            .Split('\n')
            .Where(line => nodes.Any(node => Place(line).Contains(node, StringComparison.Ordinal)))
            .Select(line => line.Trim());
        return $"```text stage={block.Groups[1].Value} of={block.Groups[2].Value}\n{string.Join('\n', lines)}\n```";
    }

    // Where a line says which nodes it comes from: loc(…) in MLIR, […] in ONNX's text, // … in a listing.
    private static string Place(string line)
    {
        int at = Math.Max(line.LastIndexOf("loc(", StringComparison.Ordinal), line.LastIndexOf("// ", StringComparison.Ordinal));
        return at >= 0 ? line[at..]
            : line.Contains('[', StringComparison.Ordinal) ? line
            : "";
    }

    [GeneratedRegex("```text stage=(\\w+) of=(\\S+)\\n.*?```", RegexOptions.Singleline)]
    private static partial Regex BlockPattern();
}
