using ConcreteMl;
using ConcreteMl.Cli;
using ConcreteMl.Compiler.Tests;

namespace Fuzzing;

/// <summary>Sound files of every kind, small, from which damaged ones are made; they lie in a folder of their own.</summary>
internal sealed class Corpus : IDisposable
{
    private const string Tiny = """
        <ir_version: 8, opset_import: ["" : 17]>
        tiny (float[n,4] x0) => (float[n,4] y0)
        <float[4,4] w = {0.5, -0.25, 0.125, 1, -1, 0.75, 0.5, 0.25, 0.3, -0.6, 0.9, -0.1, 0.2, 0.4, -0.8, 0.7}>
        {
            h = MatMul (x0, w)
            y0 = Relu (h)
        }
        """;

    // Larger ones are read more slowly and damaged in places that matter less often.
    private const long MostModelBytes = 20_000;

    private readonly string folder = Directory.CreateTempSubdirectory("concreteml-corpus-").FullName;

    /// <summary>Gathers and compiles; <paramref name="more"/> is a further folder of .onnx files, at any depth.</summary>
    /// <exception cref="ArgumentException">There is no such folder.</exception>
    internal Corpus(string? more)
    {
        if (more is not null && !Directory.Exists(more))
        {
            throw new ArgumentException($"--models takes a folder, met '{more}'");
        }

        TinyModel = At("tiny.onnxtxt");
        File.WriteAllText(TinyModel, Tiny);
        Samples = SamplesOf(OnnxModel.Load(TinyModel), "tiny.npz")!;
        Models = [.. ModelFiles(more).Select((file, index) => (File.ReadAllBytes(file), SamplesOf(file, $"samples{index}.npz")))];
        Artefacts = CompileArtefacts();
        StageTexts = [.. FileTests(), .. Kept.SelectMany(Dumps)];
        WithLookups = MakeFrames();
        WithoutLookups = Vectors();
    }

    /// <summary>ONNX files, each with the path of samples that fit it (null where none could be made).</summary>
    internal IReadOnlyList<(byte[] Model, string? Samples)> Models { get; }

    /// <summary>Texts of all stages.</summary>
    internal IReadOnlyList<string> StageTexts { get; }

    /// <summary>Artefacts that run encrypted, each with the path of samples that fit it.</summary>
    internal IReadOnlyList<(byte[] Content, string Samples)> Artefacts { get; }

    /// <summary>The files of a client and a server, of a model with lookups.</summary>
    internal TwoMachines WithLookups { get; }

    /// <summary>The files of a client and a server, of a model without lookups.</summary>
    internal TwoMachines WithoutLookups { get; }

    /// <summary>The path of four samples for the tiny model.</summary>
    internal string Samples { get; }

    /// <summary>The path of the tiny model, a layer of four units.</summary>
    internal string TinyModel { get; }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private (byte[], string)[] CompileArtefacts()
    {
        string shrink = Tree.At("tests", "models", "act_hardshrink");
        string samples = Path.Combine(shrink, "test.npz");
        Must("compile", TinyModel, "-c", Samples, "-o", At("tiny.cml"), "--bits", "2", "--rounding", "none");
        Must("compile", Path.Combine(shrink, "model.onnx"), "-c", samples, "-o", At("shrink.cml"), "-b", "3", "-r", "none");
        return [(File.ReadAllBytes(At("tiny.cml")), Samples), (File.ReadAllBytes(At("shrink.cml")), samples)];
    }

    private TwoMachines MakeFrames()
    {
        Must("export", At("tiny.cml"), "--client", At("tiny.client"), "--server", At("tiny.server"));
        Must("keygen", At("tiny.client"), "--secret", At("tiny.secret"), "--evaluation", At("tiny.evaluation"));
        Must("encrypt", At("tiny.client"), "--secret", At("tiny.secret"), "--input", Samples, "-o", At("tiny.inputs"), "-n", "1");
        Must("execute", At("tiny.server"), "--evaluation", At("tiny.evaluation"), "--input", At("tiny.inputs"), "-o", At("tiny.outputs"));
        string[] files = ["tiny.client", "tiny.server", "tiny.secret", "tiny.evaluation", "tiny.inputs", "tiny.outputs"];
        return TwoMachines.Of(files.Select(At), Samples);
    }

    private TwoMachines Vectors()
    {
        string[] files = ["linear.client", "linear.server", "secret.key", "evaluation.key", "inputs.enc", "outputs.enc"];
        return TwoMachines.Of(files.Select(name => Tree.At("tests", "vectors", "wire-1.0", name)), Samples);
    }

    private IEnumerable<string> ModelFiles(string? more) =>
        new[] { Tree.At("tests", "models"), more }
            .OfType<string>()
            .SelectMany(place => Directory.EnumerateFiles(place, "*.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            .Where(file => new FileInfo(file).Length <= MostModelBytes);

    private IEnumerable<string> FileTests() =>
        Directory
            .EnumerateFiles(Tree.At("tests", "filetests"), "*.mlir", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(file => File.ReadAllText(file).Split("// expect\n")[0]);

    // What an artefact keeps as text.
    private static readonly Stage[] Kept = [Stage.Onnx, Stage.Float, Stage.Quant, Stage.Circuit];

    private IEnumerable<string> Dumps(Stage stage)
    {
        foreach (string name in new[] { "tiny.cml", "shrink.cml" })
        {
            using QuantizedModule module = QuantizedModule.Load(At(name));
            yield return module.Dump(stage);
        }
    }

    // What lies beside the model, or four samples of every input between -1 and 1.
    private string? SamplesOf(string file, string name)
    {
        string beside = Path.Combine(Path.GetDirectoryName(file)!, "test.npz");
        if (File.Exists(beside))
        {
            return beside;
        }

        try
        {
            return SamplesOf(OnnxModel.Load(file), name);
        }
        catch (CompilationException)
        {
            return null;
        }
    }

    private string? SamplesOf(OnnxModel model, string name)
    {
        const int Most = 1 << 16;
        Random random = new(1);
        List<KeyValuePair<string, Tensor>> arrays = [];
        foreach (ModelPort input in model.Inputs)
        {
            int[] shape = [4, .. (input.Shape ?? []).Skip(1).Select(size => size ?? 2)];
            long count = shape.Aggregate(1L, (product, size) => product * size);
            if (input.Element != ElementType.Float32 || count > Most)
            {
                return null;
            }

            float[] values = [.. Enumerable.Range(0, (int)count).Select(_ => (float)((2 * random.NextDouble()) - 1))];
            arrays.Add(new($"x{arrays.Count}", Tensor.Create<float>(values, shape)));
        }

        NpzFile.Save(At(name), arrays);
        return At(name);
    }

    private string At(string name) => Path.Combine(folder, name);

    private static void Must(params string[] line)
    {
        StringWriter error = new();
        if (CommandLine.Run(line, TextWriter.Null, error) != ExitCode.Done)
        {
            throw new InvalidOperationException($"the corpus cannot be made: concreteml {string.Join(' ', line)}: {error}");
        }
    }
}
