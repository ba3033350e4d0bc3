using System.Globalization;
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

    /// <summary>Units of the wide model.</summary>
    internal const int Width = 64;

    private static readonly Lazy<DirectoryInfo> Folder = new(Export);

    /// <summary>A model of two bits.</summary>
    internal static string Server => At("tiny.server");

    /// <summary>Its other half, beside it.</summary>
    internal static string Client => At("tiny.client");

    /// <summary>A model of three bits, with other parameters.</summary>
    internal static string OtherServer => At("other.server");

    internal static string OtherClient => At("other.client");

    /// <summary>A model of three bits with one layer of many units, whose sums are rounded.</summary>
    internal static string WideServer => At("wide.server");

    internal static string WideClient => At("wide.client");

    /// <summary>What it gives in clear.</summary>
    internal static double[] WideClear(Tensor x) => Clear("wide", x);

    /// <summary>The first model, to be run in clear.</summary>
    internal static string Artefact => At("tiny.cml");

    /// <summary>Samples between -1 and 1.</summary>
    internal static Tensor Samples(int count, int seed)
    {
        Random random = new(seed);
        return Tensor.Create([.. Enumerable.Range(0, 4 * count).Select(_ => (float)((2 * random.NextDouble()) - 1))], count, 4);
    }

    /// <summary>What the first model gives in clear.</summary>
    internal static double[] Clear(Tensor x) => Clear("tiny", x);

    private static double[] Clear(string name, Tensor x)
    {
        using QuantizedModule module = QuantizedModule.Load(At(name + ".cml"));
        return module.Forward([x], FheMode.Disable)[0].ToDoubles();
    }

    private static string At(string name) => Path.Combine(Folder.Value.FullName, name);

    private static DirectoryInfo Export()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("concreteml-halves-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Delete(recursive: true);
        Save(folder, "tiny", Text, 2, null);
        Save(folder, "other", Text, 3, null);
        Save(folder, "wide", Wide(), 3, new Rounding(5));
        return folder;
    }

    private static string Wide()
    {
        IEnumerable<string> weights = Enumerable
            .Range(0, 4 * Width)
            .Select(index => (((index * 37 % 101) - 50) / 50.0).ToString(CultureInfo.InvariantCulture));
        return $$"""
            <ir_version: 8, opset_import: ["" : 17]>
            wide (float[n,4] x0) => (float[n,{{Width}}] y0)
            <float[4,{{Width}}] w = { {{string.Join(", ", weights)}} }>
            {
                h = MatMul (x0, w)
                y0 = Relu (h)
            }
            """;
    }

    private static void Save(DirectoryInfo folder, string name, string text, int bits, Rounding? rounding)
    {
        OnnxModel model = OnnxModel.Parse(Encoding.UTF8.GetBytes(text), name);
        CompileOptions options = new()
        {
            Bits = QuantizationBits.Uniform(bits),
            Rounding = rounding,
            ClientParts = ClientParts.None, // the lookup is what keys are for
        };
        using QuantizedModule module = ModelCompiler.Compile(model, [Samples(64, 1)], options);
        module.Save(Path.Combine(folder.FullName, name + ".cml"));
        module.SaveClient(Path.Combine(folder.FullName, name + ".client"));
        module.SaveServer(Path.Combine(folder.FullName, name + ".server"));
    }
}
