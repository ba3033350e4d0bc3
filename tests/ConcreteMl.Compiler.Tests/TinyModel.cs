namespace ConcreteMl.Compiler.Tests;

/// <summary>A layer of four units: its keys are made in a moment, and it runs in milliseconds.</summary>
internal static class TinyModel
{
    private const string Text = """
        <ir_version: 8, opset_import: ["" : 17]>
        tiny (float[n,4] x0) => (float[n,4] y0)
        <float[4,4] w = {0.5, -0.25, 0.125, 1, -1, 0.75, 0.5, 0.25, 0.3, -0.6, 0.9, -0.1, 0.2, 0.4, -0.8, 0.7}>
        {
            h = MatMul (x0, w)
            y0 = Relu (h)
        }
        """;

    /// <summary>The path of the model's text in <paramref name="scratch"/>.</summary>
    internal static string Write(Scratch scratch) => scratch.Write("tiny.onnxtxt", System.Text.Encoding.UTF8.GetBytes(Text));

    internal static OnnxModel Model() => OnnxModel.Parse(System.Text.Encoding.UTF8.GetBytes(Text), "tiny");

    /// <summary>Sixty-four samples between -1 and 1.</summary>
    internal static Tensor Calibration()
    {
        Random random = new(1);
        return Tensor.Create([.. Enumerable.Range(0, 256).Select(_ => (float)((2 * random.NextDouble()) - 1))], 64, 4);
    }

    /// <summary>The lookup stays in the circuit: keys and lookups are what tests look at.</summary>
    internal static QuantizedModule Compile(CompileOptions? options = null) =>
        ModelCompiler.Compile(
            Model(),
            [Calibration()],
            (options ?? new CompileOptions { Bits = QuantizationBits.Uniform(2), Rounding = null }) with
            {
                ClientParts = ClientParts.None,
            }
        );
}
