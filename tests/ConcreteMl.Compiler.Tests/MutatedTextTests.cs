using Fuzzing.Mutation;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>Damaged texts are read or refused with codes; nothing else comes out of the reader, the verifier, the printer or the picture.</summary>
public sealed class MutatedTextTests
{
    private const int Count = 5000;

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
            string text = TextMutation.Of(random, texts[index % texts.Length]);
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
