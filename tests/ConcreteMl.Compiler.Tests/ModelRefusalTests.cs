using System.Text;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>Models whose author's numbers, names or types cannot be: a code and exit 1, in float mode and in compile.</summary>
public sealed class ModelRefusalTests
{
    private readonly Scratch scratch = new();

    [OneTimeTearDown]
    public void RemoveScratch() => scratch.Dispose();

    [TestCase("CML1032", "(float[3000000000] x) => (float[3000000000] y) { y = Relu (x) }", TestName = "a size beyond 32 bits")]
    [TestCase(
        "CML1032",
        "(float[1,2] x) => (float[N,M,K] y) <int64[3] s = {80000, 1000, 2}> { y = Expand (x, s) }",
        TestName = "a value of gigabytes"
    )]
    [TestCase("CML1012", "(float[1,2] x) => (float[1,2] y, float[1,2] y) { y = Relu (x) }", TestName = "two outputs of one name")]
    [TestCase("CML1013", "(float[1,2] x) => () { y = Relu (x) }", TestName = "no output")]
    public void Refused(string code, string graph)
    {
        string model = scratch.Write("model.onnx", Encoding.UTF8.GetBytes($"<ir_version: 8, opset_import: [\"\" : 13]> g {graph}"));
        string samples = Samples();
        foreach (
            Cli run in new[]
            {
                Cli.Run("run", model, "--input", samples, "--mode", "float", "--json"),
                Cli.Run("compile", model, "-c", samples, "-o", scratch.At("out.cml"), "--json"),
            }
        )
        {
            Assert.That(run.ExitCode, Is.EqualTo(1), run.Error);
            Assert.That(run.Codes(), Does.Contain(code));
        }
    }

    [Test]
    public void An_index_that_the_data_ask_for_and_nobody_has()
    {
        string graph = "(int64[1,2] x) => (float[1,2] y) <float[3] t = {1, 2, 3}> { y = Gather <axis = 0> (t, x) }";
        string model = scratch.Write("gather.onnx", Encoding.UTF8.GetBytes($"<ir_version: 8, opset_import: [\"\" : 13]> g {graph}"));
        string file = scratch.WriteArrays("indices.npz", ("x0", Tensor.Create<long>([0, 7, 1, 8], 2, 2)));
        Cli run = Cli.Run("run", model, "--input", file, "--mode", "float", "--json");
        Assert.That(run.ExitCode, Is.EqualTo(1), run.Error);
        Assert.That(run.Codes(), Is.EqualTo(new[] { "CML6305" }));
    }

    [TestCase(
        "t = Mul (s, s) pads = Concat <axis = 0> (ones, t) y = Pad (x, pads)",
        TestName = "padding by gigabytes that a shape decides"
    )]
    [TestCase(
        "size = Concat <axis = 0> (ones, s) big = Expand (x, size) y = ReduceSum <keepdims = 1> (big)",
        TestName = "copies of gigabytes that a shape decides"
    )]
    public void A_value_of_gigabytes_whose_size_shows_on_running_is_refused_before_it_is_allocated(string nodes)
    {
        string graph =
            $"(float[n,2] x) => (float[a,b] y) <int64[1] two = {{2}}> {{ s = Shape (x) "
            + "ones = ConstantOfShape <value = int64[1] {50000000}> (two) "
            + $"{nodes} }}";
        string model = scratch.Write("large.onnx", Encoding.UTF8.GetBytes($"<ir_version: 8, opset_import: [\"\" : 13]> g {graph}"));
        long before = GC.GetTotalAllocatedBytes();
        Cli run = Cli.Run("run", model, "--input", Samples(), "--mode", "float", "--json");
        Assert.That(GC.GetTotalAllocatedBytes() - before, Is.LessThan(100L << 20));
        Assert.That(run.ExitCode, Is.EqualTo(1), run.Error);
        Assert.That(run.Codes(), Has.Some.Match("CML1032|CML6305"), run.Error);
    }

    [Test]
    public void Samples_of_another_size_than_a_port_of_one_dimension()
    {
        string graph = "(float[1] x) => (float[1] y) <float[1] w = {2}> { h = Mul (x, w) y = Relu (h) }";
        string model = scratch.Write("one.onnx", Encoding.UTF8.GetBytes($"<ir_version: 8, opset_import: [\"\" : 13]> g {graph}"));
        string one = scratch.WriteArrays("one.npz", ("x0", Tensor.Create<float>([-2, -1, 1, 2], 4, 1)));
        string artefact = scratch.At("one.cml");
        Cli made = Cli.Run("compile", model, "-c", one, "-o", artefact, "--bits", "3", "--rounding", "none");
        Assert.That(made.ExitCode, Is.Zero, made.Error);
        Assert.That(Cli.Run("run", artefact, "--input", one, "--mode", "clear").ExitCode, Is.Zero);
        string four = scratch.WriteArrays("four.npz", ("x0", Tensor.Create<float>([1, 2, 3, 4, 5, 6, 7, 8], 2, 4)));
        Cli run = Cli.Run("run", artefact, "--input", four, "--mode", "clear", "--json");
        Assert.That(run.ExitCode, Is.EqualTo(1), run.Error);
        Assert.That(run.Codes(), Is.EqualTo(new[] { "CML6013" }));
    }

    private string Samples() => scratch.WriteArrays("samples.npz", ("x0", Tensor.Create<float>([1, 2, 3, 4], 2, 2)));
}
