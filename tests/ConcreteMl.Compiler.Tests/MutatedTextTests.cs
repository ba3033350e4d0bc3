using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>Damaged texts are read or refused with codes; nothing else comes out of the reader, the verifier, the printer or the picture.</summary>
public sealed class MutatedTextTests
{
    private const int Count = 5000;

    private static readonly string[] Numbers =
    [
        "-1",
        "0",
        "2147483648",
        "99999999999999999999",
        "1.0e400",
        "0x7FC00000",
        "-9223372036854775808",
    ];

    [TestCase("float")]
    [TestCase("planned")]
    [TestCase("quant")]
    [TestCase("circuit")]
    [TestCase("onnx")]
    public void Five_thousand_mutations_of_a_stage_give_coded_refusals_alone(string stage)
    {
        string[] texts = Texts(stage);
        Random random = new(20261128);
        int accepted = 0;
        for (int index = 0; index < Count; index++)
        {
            string text = texts[index % texts.Length];
            int times = 1 + random.Next(3);
            for (int time = 0; time < times; time++)
            {
                text = Mutate(random, text);
            }

            accepted += Read(text, $"{stage} {index}") ? 1 : 0;
        }

        Assert.That(accepted, Is.GreaterThan(0).And.LessThan(Count));
    }

    // Small texts: the inputs of file tests, and a model of a few nodes.
    private static string[] Texts(string stage)
    {
        if (stage == "onnx")
        {
            string[] models = ["act_hardshrink", "conv1d_net", "dynamo_cnn"];
            return [.. models.Select(name => OnnxModel.Load(Tree.At("tests", "models", name, "model.onnx")).Dump())];
        }

        string prefix = stage == "quant" ? "quantized" : stage;
        return
        [
            .. Directory
                .EnumerateFiles(Tree.At("tests", "filetests"), "*.mlir", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(file => File.ReadAllText(file).Split("// expect\n")[0])
                .Where(text => text.Contains($"\"{prefix}.graph\"", StringComparison.Ordinal)),
        ];
    }

    private static string Mutate(Random random, string text)
    {
        if (text.Length < 8)
        {
            return text + "x";
        }

        int at = random.Next(text.Length);
        int length = Math.Min(1 + random.Next(12), text.Length - at);
        switch (random.Next(6))
        {
            case 0:
                return text.Remove(at, length);
            case 1:
                return text.Insert(random.Next(text.Length), text.Substring(at, length));
            case 2:
                return text[..at] + (char)(32 + random.Next(95)) + text[(at + 1)..];
            case 3:
                return Swapped(random, text.Split('\n'));
            case 4:
                return Numbered(random, text);
            default:
                int other = random.Next(text.Length);
                string word = text.Substring(other, Math.Min(length, text.Length - other));
                return text[..at] + word + text[(at + length)..];
        }
    }

    private static string Swapped(Random random, string[] lines)
    {
        int a = random.Next(lines.Length);
        int b = random.Next(lines.Length);
        (lines[a], lines[b]) = (lines[b], lines[a]);
        return string.Join('\n', lines);
    }

    private static string Numbered(Random random, string text)
    {
        int at = random.Next(text.Length);
        while (at < text.Length && !char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        int end = at;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
        {
            end++;
        }

        string number = random.Next(2) == 0 ? Numbers[random.Next(Numbers.Length)] : $"{random.Next(70)}";
        return text[..at] + number + text[end..];
    }

    private static bool Read(string text, string what)
    {
        try
        {
            StageText stage = StageText.Parse(text);
            Assert.That(stage.Print(), Is.Not.Empty);
            Assert.That(stage.ToSvg(), Does.EndWith("</svg>\n"));
            return true;
        }
        catch (CompilationException refusal)
        {
            Assert.That(refusal.Diagnostics.Select(finding => finding.Code), Is.Not.Empty.And.All.Match("^CML[0-9]{4}$"), what);
            return false;
        }
        catch (Exception defect) when (defect is not AssertionException)
        {
            Assert.Fail($"{what}: {defect.GetType().Name}: {defect.Message}\n{defect.StackTrace}\n{text}");
            return false;
        }
    }
}
