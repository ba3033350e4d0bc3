using System.Text;

namespace ConcreteMl.AspNetCore.Tests;

/// <summary>Layers of four units as halves in files: keys are made in a moment, and a sample takes milliseconds.</summary>
internal static class TinyHalves
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

    private static readonly Lazy<DirectoryInfo> Folder = new(Export);

    /// <summary>A model of two bits.</summary>
    internal static string Server => At("tiny.server");

    /// <summary>Its other half, beside it.</summary>
    internal static string Client => At("tiny.client");

    /// <summary>A model of three bits, with other parameters.</summary>
    internal static string OtherServer => At("other.server");

    internal static string OtherClient => At("other.client");

    /// <summary>The first model, to be run in clear.</summary>
    internal static string Artefact => At("tiny.cml");

    /// <summary>Samples between -1 and 1.</summary>
    internal static Tensor Samples(int count, int seed)
    {
        Random random = new(seed);
        return Tensor.Create([.. Enumerable.Range(0, 4 * count).Select(_ => (float)((2 * random.NextDouble()) - 1))], count, 4);
    }

    /// <summary>What the first model gives in clear.</summary>
    internal static double[] Clear(Tensor x)
    {
        using QuantizedModule module = QuantizedModule.Load(Artefact);
        return module.Forward([x], FheMode.Disable)[0].ToDoubles();
    }

    private static string At(string name) => Path.Combine(Folder.Value.FullName, name);

    private static DirectoryInfo Export()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("concreteml-halves-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Delete(recursive: true);
        Save(folder, "tiny", 2);
        Save(folder, "other", 3);
        return folder;
    }

    private static void Save(DirectoryInfo folder, string name, int bits)
    {
        OnnxModel model = OnnxModel.Parse(Encoding.UTF8.GetBytes(Text), name);
        CompileOptions options = new()
        {
            Bits = QuantizationBits.Uniform(bits),
            Rounding = null,
            ClientParts = ClientParts.None, // the lookup is what keys are for
        };
        using QuantizedModule module = ModelCompiler.Compile(model, [Samples(64, 1)], options);
        module.Save(Path.Combine(folder.FullName, name + ".cml"));
        module.SaveClient(Path.Combine(folder.FullName, name + ".client"));
        module.SaveServer(Path.Combine(folder.FullName, name + ".server"));
    }
}
