using System.Text;
using System.Text.Json;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>Inputs that are texts, from files and calls to encryption: columns of categories beside numbers, as pipelines have them.</summary>
public sealed class TextInputTests
{
    private const string Pipeline = """
        <ir_version: 8, opset_import: ["" : 17, "ai.onnx.ml" : 3]>
        pipeline (string[n,1] city, float[n,2] x) => (int64[n] label, float[n,3] scores)
        {
            onehot = ai.onnx.ml.OneHotEncoder <cats_strings = ["Rom", "Köln", "São Paulo 🦜"]> (city)
            flat = Flatten <axis = 1> (onehot)
            row = Concat <axis = 1> (flat, x)
            label, scores = ai.onnx.ml.LinearClassifier <classlabels_strings = ["no", "maybe", "yes"], post_transform = "SOFTMAX",
                coefficients = [1.5, -0.5, 0.0, 0.5, -0.25, -1.0, 1.0, 0.5, -0.5, 0.75, 0.0, 0.5, 1.25, 0.25, -0.5], intercepts = [0.1, 0.0, -0.1]> (row)
        }
        """;

    private static readonly string[] Cities = ["Rom", "Köln", "São Paulo 🦜", "nowhere"];

    private readonly Scratch scratch = new();

    [OneTimeTearDown]
    public void Clean() => scratch.Dispose();

    [Test]
    public void A_column_of_texts_goes_the_whole_way()
    {
        (Tensor city, Tensor x) = Samples(60);
        OnnxModel model = OnnxModel.Parse(Encoding.UTF8.GetBytes(Pipeline), "pipeline");
        Assert.That(model.Inputs[0].Texts, Is.EqualTo(Cities[..3]));
        Assert.That(model.Inputs[1].Texts, Is.Empty);
        using QuantizedModule module = ModelCompiler.Compile(model, [city, x]);
        Assert.That(module.Inputs[0].Texts, Is.EqualTo(Cities[..3]));

        // the numbers of the texts mean the same, and an unknown text is no category
        long[] numbers = [.. city.ToTexts().Select(text => (long)Array.IndexOf(Cities[..3], text))];
        IReadOnlyList<Tensor> real = ModelCompiler.ToFloat(model).Forward([city, x]);
        Assert.That(
            ModelCompiler.ToFloat(model).Forward([Tensor.Create(numbers, 60, 1), x])[1].ToDoubles(),
            Is.EqualTo(real[1].ToDoubles())
        );
        IReadOnlyList<Tensor> clear = module.Forward([city, x], FheMode.Disable);
        Assert.That(clear[1].ToDoubles(), Is.EqualTo(real[1].ToDoubles()).Within(0.02));
        Assert.That(module.Forward([Tensor.Create(numbers, 60, 1), x], FheMode.Disable)[1].ToDoubles(), Is.EqualTo(clear[1].ToDoubles()));

        module.Save(scratch.At("p.cml"));
        module.SaveClient(scratch.At("p.client"));
        scratch.WriteArrays("p.npz", ("x0", city), ("x1", x));
        JsonElement ran = Done("run", scratch.At("p.cml"), "--input", scratch.At("p.npz"), "--mode", "clear");
        Assert.That(
            ran.GetProperty("outputs")[0].EnumerateArray().Select(each => (double)each.GetInt64()),
            Is.EqualTo(clear[0].ToDoubles())
        );
        FheClient client = FheClient.Load(scratch.At("p.client"));
        Assert.That(client.Inputs[0], Is.EqualTo(module.Inputs[0]));
        using SecretKey secret = client.GenerateKey();
        Assert.That(() => client.Encrypt(secret, [city.Sample(0), x.Sample(0)]), Throws.Nothing);
    }

    [Test]
    public void A_score_counts_labels_that_are_texts()
    {
        (Tensor city, Tensor x) = Samples(40);
        OnnxModel model = OnnxModel.Parse(Encoding.UTF8.GetBytes(Pipeline), "pipeline");
        FloatModule real = ModelCompiler.ToFloat(model);
        string[] labels = [.. real.Forward([city, x])[0].Values<long>().ToArray().Select(index => real.OutputLabels[0][(int)index])];
        labels[0] = "none of them";
        File.WriteAllText(scratch.At("s.onnxtxt"), Pipeline);
        scratch.WriteArrays("s.npz", ("x0", city), ("x1", x), ("label", Tensor.CreateTexts(labels, 40)));
        JsonElement score = Done("score", scratch.At("s.onnxtxt"), "--input", scratch.At("s.npz"), "--mode", "float");
        Assert.That(score.GetProperty("accuracy").GetDouble(), Is.EqualTo(39.0 / 40));
    }

    [Test]
    public void Texts_for_numbers_are_refused()
    {
        (Tensor city, Tensor x) = Samples(4);
        FloatModule real = ModelCompiler.ToFloat(OnnxModel.Parse(Encoding.UTF8.GetBytes(Pipeline), "pipeline"));
        CompilationException refusal = Assert.Throws<CompilationException>(() =>
            real.Forward([city, Tensor.CreateTexts([.. Enumerable.Repeat("1", 8)], 4, 2)])
        )!;
        Assert.That(refusal.Diagnostics[0].Code, Is.EqualTo("CML6014"));
        refusal = Assert.Throws<CompilationException>(() => real.Forward([x, x]))!;
        Assert.That(refusal.Diagnostics[0].Expected, Is.EqualTo("texts"));
        Assert.That(() => city.ToDoubles(), Throws.InstanceOf<InvalidCastException>());
        Assert.That(() => x.ToTexts(), Throws.InstanceOf<InvalidCastException>());
        Assert.That(() => Tensor.CreateTexts(["a", null!], 2), Throws.ArgumentException);
    }

    private static JsonElement Done(params string[] arguments)
    {
        Cli run = Cli.Run([.. arguments, "--json"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        return run.Json();
    }

    // every fourth city is none that the model knows
    private static (Tensor City, Tensor X) Samples(int count)
    {
        Random random = new(5);
        float[] values = [.. Enumerable.Range(0, 2 * count).Select(_ => (float)((2 * random.NextDouble()) - 1))];
        return (
            Tensor.CreateTexts([.. Enumerable.Range(0, count).Select(at => Cities[at % 4])], count, 1),
            Tensor.Create(values, count, 2)
        );
    }
}
