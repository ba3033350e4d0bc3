using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using ConcreteMl.Compiler.Core.Quant;
using ConcreteMl.Compiler.Core.Tools;
using NUnit.Framework;
using CoreStageKind = ConcreteMl.Compiler.Core.StageKind;

namespace ConcreteMl.Compiler.Tests;

/// <summary>docs/dialects/ has a page for each stage, made of the tables that print and read it and of the unions' own comments.</summary>
public sealed partial class DialectPageTests
{
    private static readonly XElement[] Members =
    [
        .. XDocument.Load(Path.ChangeExtension(typeof(CoreStageKind).Assembly.Location, ".xml")).Descendants("member"),
    ];

    // Three stages have these operations; the page of the quantized one lists them.
    private static readonly Type[] SharedCases = [.. typeof(Linear).GetNestedTypes(), .. typeof(Move).GetNestedTypes()];

    private static IEnumerable<TestCaseData> Stages() =>
        [
            new("float", CoreStageKind.Float, "Float.Op|Float.Unary|Float.Binary"),
            new("planned", CoreStageKind.Planned, "Planned.Op|Quant.Op|Quant.Move|Planned"),
            new("quant", CoreStageKind.Quant, "Quant.Op|Quant.Linear|Quant.Move"),
            new("circuit", CoreStageKind.Circuit, "Circuit.Op"),
        ];

    [TestCaseSource(nameof(Stages))]
    public void The_page_of_a_stage_is_what_its_table_says(string name, CoreStageKind kind, string unions)
    {
        string file = Tree.At("docs", "dialects", $"{name}.md");
        string page = Page(name, kind, unions.Split('|'));
        if (Environment.GetEnvironmentVariable("CML_BLESS") == "1" && Environment.GetEnvironmentVariable("CI") is null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, page);
        }

        Assert.That(File.ReadAllText(file), Is.EqualTo(page), "CML_BLESS=1 writes the page again");
    }

    private static string Page(string name, CoreStageKind kind, string[] unions)
    {
        StringBuilder page = new();
        page.Append($"# Operations of the {name} stage\n\n");
        page.Append(
            "Made from the table that prints and reads them, and the comments of the unions; a test keeps it in step. A `?` marks an attribute\n"
        );
        page.Append("that may be left out. How a whole text looks: [text forms](../text-forms.md).\n\n");
        if (kind != CoreStageKind.Quant && Dialect.ofStage(kind).Any(IsShared))
        {
            string prefix = kind == CoreStageKind.Circuit ? "circuit" : "quantized";
            page.Append(
                $"The integer-linear operations of the [quantized stage](quant.md) belong to it too, spelled `{prefix}.` as in `{prefix}.matmul`.\n\n"
            );
        }

        page.Append("| operation | attributes | meaning |\n| --- | --- | --- |\n");
        foreach (DialectOperation operation in Dialect.ofStage(kind).Where(one => kind == CoreStageKind.Quant || !IsShared(one)))
        {
            IEnumerable<string> attributes = operation.Attributes.Select(attribute =>
                $"`{attribute.Name}{(attribute.Optional ? "?" : "")}`{(attribute.Kind.Length > 0 ? $" {attribute.Kind}" : "")}"
            );
            page.Append(
                $"| `{operation.Mnemonic}` | {Cell(string.Join("; ", attributes))} | {Cell(Meaning(operation.Mnemonic, unions))} |\n"
            );
        }

        return page.ToString();
    }

    private static bool IsShared(DialectOperation operation) =>
        (
            operation.Mnemonic.StartsWith("circuit.", StringComparison.Ordinal)
            || operation.Mnemonic.StartsWith("quantized.", StringComparison.Ordinal)
        ) && SharedCases.Any(one => string.Equals(one.Name, Bare(operation.Mnemonic), StringComparison.OrdinalIgnoreCase));

    private static string Bare(string mnemonic) => mnemonic[(mnemonic.LastIndexOf('.') + 1)..].Replace("_", "", StringComparison.Ordinal);

    private static XElement? Case(string mnemonic, string union)
    {
        string name = $"T:ConcreteMl.Compiler.Core.{union}.{Bare(mnemonic)}";
        return Members.FirstOrDefault(member => string.Equals(member.Attribute("name")!.Value, name, StringComparison.OrdinalIgnoreCase));
    }

    // The case of a union that a mnemonic spells: float.reduce_sum is Float.Op.ReduceSum.
    private static string Meaning(string mnemonic, string[] unions)
    {
        bool isQuantized = mnemonic.StartsWith("quantized.", StringComparison.Ordinal);
        XElement? summary = unions
            .Where(union => !isQuantized || union.StartsWith("Quant.", StringComparison.Ordinal))
            .Select(union => Case(mnemonic, union)?.Element("summary"))
            .FirstOrDefault(found => found is not null);
        return summary is null ? "" : SpacePattern().Replace(summary.Value, " ").Trim();
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    [GeneratedRegex("\\s+")]
    private static partial Regex SpacePattern();
}
