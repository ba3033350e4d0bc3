using System.Text.Json;
using System.Xml.Linq;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>Graphs compared, drawn and shrunk on the command line.</summary>
public sealed class GraphCommandTests
{
    private const string Four = """
        "float.graph"() ({
        ^bb0(%0: tensor<1x2xf32> loc("x")):
          %1 = "float.constant"() {value = dense<[0.5, 0.25]> : tensor<2xf32>} : () -> tensor<2xf32> loc("c")
          %2 = "float.add"(%0, %1) : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32> loc("Add")
          %3 = "float.relu"(%2) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("Relu")
          %4 = "float.neg"(%3) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("Neg")
          "float.return"(%4) : (tensor<1x2xf32>) -> ()
        }) {name = "four", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
        """;

    private readonly Scratch scratch = new();

    [OneTimeTearDown]
    public void RemoveScratch() => scratch.Dispose();

    [Test]
    public void Numbering_and_order_are_no_difference()
    {
        string renumbered = """
            "float.graph"() ({
            ^bb0(%7: tensor<1x2xf32> loc("x")):
              %9 = "float.constant"() {value = dense<[0.5, 0.25]> : tensor<2xf32>} : () -> tensor<2xf32>
              %8 = "float.add"(%7, %9) : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32> loc("Add")
              %30 = "float.relu"(%8) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("Other")
              %4 = "float.neg"(%30) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("Neg")
              "float.return"(%4) : (tensor<1x2xf32>) -> ()
            }) {name = "four", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
            """;
        JsonElement diff = Done("diff", Text("a.mlir", Four), Text("b.mlir", renumbered), "--json", "--exit-code");
        Assert.That(diff.GetProperty("equal").GetBoolean(), diff.ToString());
        Assert.That(diff.GetProperty("alike").GetInt32(), Is.EqualTo(4));
    }

    [TestCase("float.relu\"", "float.sigmoid\"", "changed", "Relu", "float.relu -> float.sigmoid")]
    [TestCase("[0.5, 0.25]", "[0.5, 0.75]", "changed", "c", "value")]
    [TestCase("%4 = \"float.neg\"(%3)", "%4 = \"float.neg\"(%2)", "changed", "Neg", "operand 0 %3 -> %2")]
    [TestCase("return\"(%4)", "return\"(%3)", "port", "y", "%4 -> %3")]
    public void A_difference_is_told_once_where_it_is(string from, string into, string kind, string node, string text)
    {
        Cli run = Cli.Run(
            "diff",
            Text("a.mlir", Four),
            Text("b.mlir", Four.Replace(from, into, StringComparison.Ordinal)),
            "--json",
            "--exit-code"
        );
        Assert.That(run.ExitCode, Is.EqualTo(3), run.Error);
        JsonElement[] found = [.. run.Json().GetProperty("differences").EnumerateArray()];
        JsonElement told = found.Single(difference => difference.GetProperty("kind").GetString() == kind);
        Assert.That(found, Has.Length.EqualTo(1));
        Assert.That(told.GetProperty("node").GetString(), Is.EqualTo(node));
        Assert.That(told.GetProperty("text").GetString(), Does.Contain(text));
    }

    [Test]
    public void A_removed_node_and_a_removed_weight_are_told_and_nothing_below_them()
    {
        string shorter = string.Join('\n', Four.Split('\n').Where(line => !line.Contains("float.relu", StringComparison.Ordinal)))
            .Replace("(%3)", "(%2)", StringComparison.Ordinal);
        JsonElement diff = Done("diff", Text("a.mlir", Four), Text("b.mlir", shorter), "--json");
        string[] kinds = [.. diff.GetProperty("differences").EnumerateArray().Select(each => each.GetProperty("kind").GetString()!)];
        Assert.That(kinds, Is.EqualTo(new[] { "removed", "changed" }), diff.ToString());
    }

    [Test]
    public void Graphs_of_two_stages_are_not_compared()
    {
        string circuit = Text("circuit.mlir", Cli.Run("dump", DigitsMlp.Artefact, "--stage", "quant").Output);
        Cli run = Cli.Run("diff", Text("a.mlir", Four), circuit, "--json");
        Assert.That(run.Codes(), Is.EqualTo(new[] { "CML7009" }));
    }

    [TestCase("onnx")]
    [TestCase("float")]
    [TestCase("quant")]
    [TestCase("circuit")]
    [TestCase("program")]
    public void A_picture_is_well_formed_and_has_a_box_for_every_node_without_overlaps(string stage)
    {
        string picture = scratch.At($"{stage}.svg");
        Done("graph", DigitsMlp.Artefact, "--stage", stage, "-o", picture, "--json");
        XDocument svg = XDocument.Load(picture);
        Assert.That(svg.Descendants().Select(element => element.Name.LocalName), Has.None.EqualTo("script").And.None.EqualTo("image"));
        (double X, double Y, double W, double H)[] boxes =
        [
            .. svg.Descendants().Where(element => element.Name.LocalName == "rect" && element.Attribute("rx") is not null).Select(Box),
        ];
        Assert.That(boxes, Has.Length.GreaterThanOrEqualTo(5));
        foreach ((double X, double Y, double W, double H) a in boxes)
        {
            int over = boxes.Count(b => a.X < b.X + b.W && b.X < a.X + a.W && a.Y < b.Y + b.H && b.Y < a.Y + a.H);
            Assert.That(over, Is.EqualTo(1), "a box overlaps another");
        }
    }

    [Test]
    public void Reduce_shrinks_a_text_to_the_node_that_matters()
    {
        string small = scratch.At("small.mlir");
        JsonElement json = Done("reduce", Text("a.mlir", Four), "--keep", "grep -q float.relu {}", "-o", small, "--json");
        Assert.That(json.GetProperty("nodes").GetInt32(), Is.EqualTo(1));
        Assert.That(StageText.Load(small).Print(), Does.Contain("float.relu").And.Not.Contain("float.add"));
    }

    [Test]
    public void Reduce_shrinks_what_validation_refuses_and_an_ONNX_text()
    {
        string text = Text("digits.mlir", Cli.Run("dump", DigitsMlp.Model, "--stage", "float").Output);
        StageText whole = StageText.Load(text);
        StageText small = whole.Reduce(IsNegated);
        Assert.That(small.NodeCount, Is.LessThanOrEqualTo(5).And.LessThan(whole.NodeCount));
        Assert.That(IsNegated(small));

        string onnx = scratch.Write("digits.onnxtxt", System.Text.Encoding.UTF8.GetBytes(OnnxModel.Load(DigitsMlp.Model).Dump()));
        StageText model = StageText.Load(onnx).Reduce(candidate => candidate.Print().Contains(" = Relu ", StringComparison.Ordinal));
        Assert.That(model.NodeCount, Is.EqualTo(1));
    }

    [Test]
    public void Reduce_refuses_a_command_that_does_not_accept_the_whole_file()
    {
        Cli run = Cli.Run("reduce", Text("a.mlir", Four), "--keep", "false", "--json");
        Assert.That(run.Codes(), Is.EqualTo(new[] { "CML7010" }));
    }

    // What --validate sees of a pass that negates dense layers: the outputs differ.
    private static bool IsNegated(StageText text)
    {
        string print = text.Print();
        string negated = print.Replace(
            "{transB = true}",
            "{alpha = -1.0 : f32, beta = -1.0 : f32, transB = true}",
            StringComparison.Ordinal
        );
        if (negated == print)
        {
            return false;
        }

        Tensor[] inputs = [.. text.Inputs.Select(Ones)];
        float[] before = text.Forward(inputs)[0].Values<float>().ToArray();
        return !before.SequenceEqual(StageText.Parse(negated).Forward(inputs)[0].Values<float>().ToArray());
    }

    private static Tensor Ones(ModelPort port)
    {
        int[] shape = [.. port.Shape!.Select(size => size ?? 1)];
        return Tensor.Create<float>([.. Enumerable.Repeat(1f, shape.Aggregate(1, (count, size) => count * size))], shape);
    }

    private static (double X, double Y, double W, double H) Box(XElement rect)
    {
        double Number(string name) => double.Parse(rect.Attribute(name)!.Value, System.Globalization.CultureInfo.InvariantCulture);
        return (Number("x"), Number("y"), Number("width"), Number("height"));
    }

    private string Text(string name, string text) => scratch.Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    private static JsonElement Done(params string[] line)
    {
        Cli run = Cli.Run(line);
        Assert.That(run.ExitCode, Is.Zero, $"{string.Join(' ', line)}\n{run.Error}{run.Output}");
        return run.Json();
    }
}
