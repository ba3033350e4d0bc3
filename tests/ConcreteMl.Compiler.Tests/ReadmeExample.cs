namespace ConcreteMl.Compiler.Tests;

/// <summary>README's C# example, compiled: a test compares the two and runs this one.</summary>
internal static class ReadmeExample
{
    internal static void Run()
    {
        OnnxModel model = OnnxModel.Load("tests/models/digits_mlp/model.onnx");
        Tensor calibration = NpzFile.Load("tests/models/digits_mlp/calib.npz")["x0"];
        Tensor x = NpzFile.Load("tests/models/digits_mlp/test.npz")["x0"].Sample(0);

        var options = new CompileOptions { Bits = QuantizationBits.Uniform(3), Rounding = new Rounding(6) };
        using QuantizedModule module = ModelCompiler.Compile(model, [calibration], options);

        IReadOnlyList<Tensor> clear = module.Forward([x], FheMode.Disable);
        IReadOnlyList<Tensor> encrypted = module.Forward([x], FheMode.Execute);
        Console.WriteLine(clear[0].ToDoubles().SequenceEqual(encrypted[0].ToDoubles()));
        module.Save("digits.cml");
    }
}
