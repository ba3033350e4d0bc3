using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>What the client does itself: the same outputs by every way, no lookup for a linear model, no weight in the client's half.</summary>
public sealed class ClientPartTests
{
    private static readonly float[] Weights = [.. Enumerable.Range(0, 640).Select(index => MathF.Sin(1 + index) * 0.3f)];

    private readonly Scratch scratch = new();

    [OneTimeTearDown]
    public void RemoveScratch() => scratch.Dispose();

    [Test]
    public void A_logistic_regression_of_64_features_has_no_lookup_and_gives_label_and_scores_of_one_run()
    {
        using QuantizedModule module = Compile(Classifier);
        Assert.That(module.Report.Lookups, Is.Zero);
        Assert.That(module.Outputs.Select(port => port.Name), Is.EqualTo(new[] { "label", "scores" }));
        Tensor x = Samples(20, 64);
        IReadOnlyList<Tensor> clear = module.Forward([x], FheMode.Disable);
        IReadOnlyList<Tensor> encrypted = module.Forward([x], FheMode.Execute);
        IReadOnlyList<Tensor> wanted = module.ToFloat().Forward([x]);
        Assert.That(encrypted[0].ToDoubles(), Is.EqualTo(clear[0].ToDoubles()));
        Assert.That(encrypted[1].ToDoubles(), Is.EqualTo(clear[1].ToDoubles()));
        float[] scores = clear[1].Values<float>().ToArray();
        for (int sample = 0; sample < 20; sample++)
        {
            float[] row = scores[(10 * sample)..(10 * (sample + 1))];
            Assert.That(clear[0].Values<long>()[sample], Is.EqualTo(Array.IndexOf(row, row.Max())), "the label is the largest score's");
        }

        Assert.That(scores.Zip(wanted[1].ToDoubles()).Max(pair => Math.Abs(pair.First - pair.Second)), Is.LessThan(0.02));
    }

    [Test]
    public void Without_client_parts_the_circuit_computes_the_tail_as_before()
    {
        using QuantizedModule module = Compile(Small, new CompileOptions { ClientParts = ClientParts.None, Rounding = null });
        Assert.That(module.Report.Lookups, Is.Positive);
        Assert.That(module.Report.Client, Is.Null);
        module.Save(scratch.At("none.cml"));
        using QuantizedModule read = QuantizedModule.Load(scratch.At("none.cml"));
        Assert.That(read.Dump(Stage.Circuit), Does.Not.Contain("client_after"));
    }

    [Test]
    public void Two_machines_and_one_give_the_same_outputs()
    {
        using (QuantizedModule module = Compile(Classifier))
        {
            module.Save(scratch.At("m.cml"));
        }

        scratch.WriteArrays("x.npz", ("x0", Samples(3, 64)));
        Done("export", scratch.At("m.cml"), "--client", scratch.At("m.client"), "--server", scratch.At("m.server"));
        Done("keygen", scratch.At("m.client"), "--secret", scratch.At("k"), "--evaluation", scratch.At("e"));
        Done("encrypt", scratch.At("m.client"), "--secret", scratch.At("k"), "--input", scratch.At("x.npz"), "-o", scratch.At("x.enc"));
        Done("execute", scratch.At("m.server"), "--evaluation", scratch.At("e"), "--input", scratch.At("x.enc"), "-o", scratch.At("y.enc"));
        Done("decrypt", scratch.At("m.client"), "--secret", scratch.At("k"), "--input", scratch.At("y.enc"), "-o", scratch.At("y.npz"));
        Done("run", scratch.At("m.cml"), "--input", scratch.At("x.npz"), "--mode", "clear", "-o", scratch.At("clear.npz"));
        IReadOnlyDictionary<string, Tensor> far = NpzFile.Load(scratch.At("y.npz"));
        IReadOnlyDictionary<string, Tensor> near = NpzFile.Load(scratch.At("clear.npz"));
        Assert.That(far.Keys, Is.EqualTo(new[] { "y0", "y1" }));
        Assert.That(far["y0"].Values<long>().ToArray(), Is.EqualTo(near["y0"].Values<long>().ToArray()));
        Assert.That(far["y1"].Values<float>().ToArray(), Is.EqualTo(near["y1"].Values<float>().ToArray()));
        JsonElement report = Done("report", scratch.At("m.cml")).GetProperty("client");
        Assert.That(report.GetProperty("after").ToString(), Does.Contain("argmax"));
        Assert.That(report.GetProperty("learned")[0].GetString(), Does.Contain("1x10"));
    }

    [Test]
    public void The_clients_half_has_kilobytes_and_no_weight()
    {
        using QuantizedModule module = Compile(Classifier);
        module.SaveClient(scratch.At("w.client"));
        byte[] half = File.ReadAllBytes(scratch.At("w.client"));
        Assert.That(half, Has.Length.LessThan(8192));
        byte[] single = new byte[4];
        byte[] wide = new byte[8];
        foreach (float weight in Weights)
        {
            BinaryPrimitives.WriteSingleLittleEndian(single, weight);
            BinaryPrimitives.WriteDoubleLittleEndian(wide, weight);
            Assert.That(half.AsSpan().IndexOf(single), Is.Negative);
            Assert.That(half.AsSpan().IndexOf(wide), Is.Negative);
        }

        // the search finds what is there: the scaler's numbers
        BinaryPrimitives.WriteDoubleLittleEndian(wide, 0.4f);
        Assert.That(half.AsSpan().IndexOf(wide), Is.Not.Negative);
    }

    [Test]
    public void The_client_computes_what_the_compiler_says_bit_for_bit(
        [Values(
            "Abs (h)|Neg (h)|Ceil (h)|Floor (h)|Round (h)|Sign (h)|Relu (h)|Exp (h)|Sigmoid (h)|Tanh (h)",
            "Sin (h)|Cos (h)|Tan (h)|Atan (h)|Asinh (h)|Sinh (h)|Cosh (h)|Softplus (h)|Softsign (h)|HardSwish (h)",
            "Acos (f)|Acosh (h)|Asin (f)|Atanh (f)|Log (h)|Reciprocal (h)|Sqrt (h)|ParametricSoftplus <alpha = 1.5, beta = 0.5> (h)|ScaledTanh <alpha = 0.5, beta = 2.0> (h)",
            "Elu <alpha = 0.7> (h)|Celu <alpha = 1.5> (h)|Selu (h)|LeakyRelu <alpha = 0.2> (h)|ThresholdedRelu <alpha = 0.5> (h)|HardSigmoid (h)",
            "Add (h, a)|Sub (a, h)|Mul (h, a)|Div (a, h)|Max (h, a)|Min (h, a)|PRelu (h, a)|Clip (h, low, high)|Clip (h, low)",
            "Greater (h, one)|Less (h, one)|Equal (h, h)|ArgMax <axis = 1> (h)|ArgMax <axis = 1, select_last_index = 1> (h)|Softmax <axis = 1> (h)|LogSoftmax <axis = 1> (h)",
            "Concat <axis = 1> (h, e)|Transpose <perm = [1, 0]> (e)|Hardmax <axis = 1> (h)|Cast <to = 7> (f)|TopK <axis = 1> (h, two)"
        )]
            string tails
    )
    {
        foreach (string tail in tails.Split('|'))
        {
            string outputs = tail.StartsWith("TopK", StringComparison.Ordinal) ? "y, z" : "y";
            string text = $$"""
                <ir_version: 8, opset_import: ["" : 17]>
                tail (float[n,4] x) => ({{Typed(tail)}})
                <float[4,5] w = {{{Numbers(
                    Weights[..20]
                )}}}, float[5] a = {0.5, -1.0, 2.0, 0.1, 1.0}, float low = {-0.5}, float high = {0.75},
                 float one = {0.3}, int64[1] two = {2}>
                {
                    h = MatMul (x, w)
                    e = Exp (h)
                    f = Mul (h, a)
                    {{outputs}} = {{tail}}
                }
                """;
            using QuantizedModule module = ModelCompiler.Compile(
                OnnxModel.Parse(Encoding.UTF8.GetBytes(text), "tail"),
                [Samples(64, 4)],
                new CompileOptions { Bits = QuantizationBits.Uniform(5), Rounding = null }
            );
            Assert.That(module.Report.Lookups, Is.Zero, tail);
            Tensor x = Samples(30, 4);
            IReadOnlyList<Tensor> client = module.Forward([x], FheMode.Disable);
            IReadOnlyList<Tensor> compiler = module.Text(Stage.Circuit).Forward([x]);
            for (int output = 0; output < client.Count; output++)
            {
                Assert.That(client[output].Shape, Is.EqualTo(compiler[output].Shape), tail);
                Assert.That(client[output].Element, Is.EqualTo(compiler[output].Element), tail);
                // the compiler's e^x - 1 is a series that ends at 1e-8: the last bit of float32 may differ
                bool near = tail.Split(' ')[0] is "Elu" or "Celu" or "Selu";
                Assert.That(
                    client[output].ToDoubles(),
                    near ? Is.EqualTo(compiler[output].ToDoubles()).Within(3e-5).Percent : Is.EqualTo(compiler[output].ToDoubles()),
                    tail
                );
            }
        }
    }

    [Test]
    public void Missing_values_categories_and_embeddings_are_encoded_by_the_client()
    {
        string text = """
            <ir_version: 8, opset_import: ["" : 17, "ai.onnx.ml" : 1]>
            mixed (float[n,3] x, int64[n,2] words) => (float[n,2] y)
            <float[3,2] w = {0.5, -1.0, 0.25, 1.0, -0.75, 0.5}, float[5,2] table = {0.1, -0.2, 0.3, 0.4, -0.5, 0.6, 0.7, -0.8, 0.9, 1.0}, int64[1] one = {1}>
            {
                filled = ai.onnx.ml.Imputer <imputed_value_floats = [0.1, 0.2, 0.3], replaced_value_float = 7.0> (x)
                left = MatMul (filled, w)
                rows = Gather (table, words)
                right = ReduceSum <keepdims = 0> (rows, one)
                y = Add (left, right)
            }
            """;
        OnnxModel model = OnnxModel.Parse(Encoding.UTF8.GetBytes(text), "mixed");
        float[] values = [.. Samples(60, 3).Values<float>().ToArray().Select((value, index) => index % 7 == 0 ? 7.0f : value)];
        long[] words = [.. Enumerable.Range(0, 120).Select(index => (long)(index * index % 5) - (index % 11 == 0 ? 5 : 0))];
        Tensor[] inputs = [Tensor.Create(values, 60, 3), Tensor.Create(words, 60, 2)];
        using QuantizedModule module = ModelCompiler.Compile(model, inputs, new CompileOptions { Bits = QuantizationBits.Uniform(7) });
        Assert.That(module.Report.Lookups, Is.Zero);
        Assert.That(module.Inputs.Select(port => port.Element), Is.EqualTo(new[] { ElementType.Float32, ElementType.Int64 }));
        double[] met = module.Forward(inputs, FheMode.Disable)[0].ToDoubles();
        double[] wanted = module.ToFloat().Forward(inputs)[0].ToDoubles();
        Assert.That(met.Zip(wanted).Max(pair => Math.Abs(pair.First - pair.Second)), Is.LessThan(0.08));
        module.SaveClient(scratch.At("mixed.client"));
        byte[] wide = new byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(wide, 0.7f);
        Assert.That(File.ReadAllBytes(scratch.At("mixed.client")).AsSpan().IndexOf(wide), Is.Negative, "the table stays");
    }

    [Test]
    public void Missing_values_may_be_told_by_NaN_where_the_client_replaces_them()
    {
        string text = """
            <ir_version: 8, opset_import: ["" : 17]>
            missing (float[n,3] x) => (float[n,2] y)
            <float[3,2] w = {0.5, -1.0, 0.25, 1.0, -0.75, 0.5}, float zero = {0.0}>
            {
                known = Equal (x, x)
                filled = Where (known, x, zero)
                y = MatMul (filled, w)
            }
            """;
        float[] values = [.. Samples(60, 3).Values<float>().ToArray().Select((value, index) => index % 7 == 0 ? float.NaN : value)];
        Tensor x = Tensor.Create(values, 60, 3);
        using QuantizedModule module = ModelCompiler.Compile(OnnxModel.Parse(Encoding.UTF8.GetBytes(text), "missing"), [x]);
        Assert.That(module.Forward([x], FheMode.Disable)[0].ToDoubles(), Has.All.Matches<double>(double.IsFinite));
        module.Save(scratch.At("missing.cml"));
        using QuantizedModule read = QuantizedModule.Load(scratch.At("missing.cml"));
        Assert.That(read.Forward([x], FheMode.Disable)[0].ToDoubles(), Is.EqualTo(module.Forward([x], FheMode.Disable)[0].ToDoubles()));
        CompileOptions inside = new() { ClientParts = ClientParts.None };
        CompilationException refusal = Assert.Throws<CompilationException>(() =>
            ModelCompiler.Compile(OnnxModel.Parse(Encoding.UTF8.GetBytes(text), "missing"), [x], inside)
        )!;
        Assert.That(refusal.Diagnostics[0].Code, Is.EqualTo("CML6018"));
    }

    [Test]
    public void Labels_that_are_texts_come_back_as_texts()
    {
        string text = $$"""
            <ir_version: 8, opset_import: ["" : 17, "ai.onnx.ml" : 1]>
            named (float[n,4] x) => (int64[n] label, float[n,3] scores)
            {
                label, scores = ai.onnx.ml.LinearClassifier <classlabels_strings = ["cat", "dog", "eel"], post_transform = "SOFTMAX",
                    coefficients = [{{Numbers(Weights[..12])}}], intercepts = [0.1, 0.0, -0.1]> (x)
            }
            """;
        Tensor x = Samples(40, 4);
        using QuantizedModule module = ModelCompiler.Compile(OnnxModel.Parse(Encoding.UTF8.GetBytes(text), "named"), [x]);
        Assert.That(module.OutputLabels[0], Is.EqualTo(new[] { "cat", "dog", "eel" }));
        Assert.That(module.OutputLabels[1], Is.Empty);
        module.Save(scratch.At("named.cml"));
        module.SaveClient(scratch.At("named.client"));
        Assert.That(FheClient.Load(scratch.At("named.client")).OutputLabels[0], Is.EqualTo(module.OutputLabels[0]));
        scratch.WriteArrays("named.npz", ("x0", x));
        JsonElement ran = Done("run", scratch.At("named.cml"), "--input", scratch.At("named.npz"), "--mode", "clear");
        JsonElement texts = ran.GetProperty("texts");
        for (int sample = 0; sample < 40; sample++)
        {
            int index = ran.GetProperty("outputs")[0][sample].GetInt32();
            Assert.That(texts[0][sample].GetString(), Is.EqualTo(module.OutputLabels[0][index]));
        }

        Assert.That(texts[1].ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public void Steps_that_do_not_fit_are_refused_when_a_half_is_read()
    {
        using QuantizedModule module = Compile(Small);
        module.SaveClient(scratch.At("s.client"));
        byte[] sound = File.ReadAllBytes(scratch.At("s.client"));
        Assert.That(FheClient.Load(scratch.At("s.client")).Outputs[0].Name, Is.EqualTo("y"));
        byte[] other = [.. sound];
        int at = other.AsSpan().IndexOf("sigmoid"u8);
        "sigmoit"u8.CopyTo(other.AsSpan(at));
        // the checksum is right again: what is wrong is the step
        System.Security.Cryptography.SHA256.HashData(other.AsSpan(..^32)).CopyTo(other.AsSpan(other.Length - 32));
        File.WriteAllBytes(scratch.At("s.client"), other);
        CompilationException refusal = Assert.Throws<CompilationException>(() => FheClient.Load(scratch.At("s.client")))!;
        Assert.That(refusal.Message, Does.Contain("sigmoit"));
    }

    private static string Classifier =>
        $$"""
            <ir_version: 8, opset_import: ["" : 17, "ai.onnx.ml" : 1]>
            classifier (float[n,64] x) => (int64[n] label, float[n,10] scores)
            <float[64,10] w = {{{Numbers(Weights)}}}, float[64] mean = {{{Numbers(Enumerable.Repeat(0.4f, 64))}}}>
            {
                centred = Sub (x, mean)
                logits = MatMul (centred, w)
                scores = Softmax <axis = 1> (logits)
                label = ArgMax <axis = 1, keepdims = 0> (logits)
            }
            """;

    private static string Small =>
        $$"""
            <ir_version: 8, opset_import: ["" : 17]>
            small (float[n,64] x) => (float[n,2] y)
            <float[64,2] w = {{{Numbers(Weights[..128])}}}>
            {
                h = MatMul (x, w)
                y = Sigmoid (h)
            }
            """;

    private static string Typed(string tail) =>
        tail.Split(' ')[0] switch
        {
            "TopK" => "float[n,2] y, int64[n,2] z",
            "ArgMax" or "Cast" => $"int64[n,{(tail.StartsWith("ArgMax", StringComparison.Ordinal) ? 1 : 5)}] y",
            "Greater" or "Less" or "Equal" => "bool[n,5] y",
            "Concat" => "float[n,10] y",
            "Transpose" => "float[5,n] y",
            _ => "float[n,5] y",
        };

    private static string Numbers(IEnumerable<float> values) =>
        string.Join(", ", values.Select(value => value.ToString("0.0#######", CultureInfo.InvariantCulture)));

    private static Tensor Samples(int count, int width)
    {
        Random random = new(count);
        return Tensor.Create([.. Enumerable.Range(0, count * width).Select(_ => (float)((2 * random.NextDouble()) - 1))], count, width);
    }

    private static QuantizedModule Compile(string text, CompileOptions? options = null) =>
        ModelCompiler.Compile(
            OnnxModel.Parse(Encoding.UTF8.GetBytes(text), "model"),
            [Samples(200, 64)],
            options ?? new CompileOptions { Bits = QuantizationBits.Uniform(6) }
        );

    private static JsonElement Done(params string[] arguments)
    {
        Cli run = Cli.Run([.. arguments, "--json"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        return run.Json();
    }
}
