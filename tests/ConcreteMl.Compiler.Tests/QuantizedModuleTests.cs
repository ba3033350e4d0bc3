using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>The C# API on the shipped model.</summary>
public sealed class QuantizedModuleTests
{
    [Test]
    public void A_module_compiled_in_code_runs_like_its_saved_and_loaded_self()
    {
        OnnxModel model = OnnxModel.Load(DigitsMlp.Model);
        Tensor calibration = NpzFile.Load(DigitsMlp.Calibration)["x0"];
        Tensor x = NpzFile.Load(DigitsMlp.Test)["x0"].Sample(0);
        CompileOptions options = new() { Bits = QuantizationBits.Uniform(3), Rounding = new Rounding(6) };
        List<CompileProgress> steps = [];
        using QuantizedModule module = ModelCompiler.Compile(model, [calibration], options, new Listed(steps));
        using Scratch scratch = new();
        module.Save(scratch.At("a.cml"));
        using QuantizedModule loaded = QuantizedModule.Load(scratch.At("a.cml"));
        Assert.That(steps, Is.Not.Empty);
        Assert.That(Values(loaded.Forward([x], FheMode.Disable)), Is.EqualTo(Values(module.Forward([x], FheMode.Disable))));
        Assert.That(loaded.Report.Lookups, Is.EqualTo(module.Report.Lookups));
        Assert.That(loaded.Dump(Stage.Quant), Is.EqualTo(module.Dump(Stage.Quant)));
        loaded.Save(scratch.At("b.cml"));
        Assert.That(File.ReadAllBytes(scratch.At("b.cml")), Is.EqualTo(File.ReadAllBytes(scratch.At("a.cml"))));
    }

    [Test]
    public void Quantizing_running_and_dequantizing_apart_is_the_same_as_together()
    {
        using QuantizedModule module = QuantizedModule.Load(DigitsMlp.Artefact);
        Tensor x = NpzFile.Load(DigitsMlp.Test)["x0"];
        IReadOnlyList<IntegerTensor> codes = module.QuantizeInput([x]);
        IReadOnlyList<IntegerTensor> results = module.QuantizedForward(codes, FheMode.Disable);
        Assert.That(Values(module.DequantizeOutput(results)), Is.EqualTo(Values(module.Forward([x], FheMode.Disable))));
    }

    [Test]
    public void Codes_outside_the_inputs_width_are_refused()
    {
        using QuantizedModule module = QuantizedModule.Load(DigitsMlp.Artefact);
        long[] codes = new long[64];
        codes[3] = 1L << 40;
        CompilationException refusal = Assert.Throws<CompilationException>(() =>
            module.QuantizedForward([IntegerTensor.Create(codes, 1, 64)], FheMode.Disable)
        )!;
        Assert.That(refusal.Diagnostics[0].Code, Is.EqualTo("CML6304"));
    }

    [Test]
    public void TryCompile_returns_what_Compile_throws()
    {
        OnnxModel model = OnnxModel.Load(DigitsMlp.Model);
        CompileOptions options = new()
        {
            PError = 2,
            Security = 64,
            KeySwitch = (KeySwitchKind)7,
        };
        Tensor calibration = NpzFile.Load(DigitsMlp.Calibration)["x0"];
        bool done = ModelCompiler.TryCompile(model, [calibration], options, out QuantizedModule? module, out var diagnostics);
        Assert.That(done, Is.False);
        Assert.That(module, Is.Null);
        Assert.That(diagnostics.Select(finding => finding.Code), Is.EqualTo(new[] { "CML6022", "CML6022", "CML6022" }));
    }

    [Test]
    public void Strict_and_a_bound_of_its_own_are_refused_together()
    {
        OnnxModel model = OnnxModel.Load(DigitsMlp.Model);
        Tensor calibration = NpzFile.Load(DigitsMlp.Calibration)["x0"];
        CompileOptions options = new() { Strict = true, PError = 1e-9 };
        CompilationException refusal = Assert.Throws<CompilationException>(() => ModelCompiler.Compile(model, [calibration], options))!;
        Assert.That(refusal.Diagnostics.Select(finding => (finding.Code, finding.Node)), Is.EqualTo(new[] { ("CML6022", "Strict") }));
    }

    [Test]
    public void The_kind_of_key_switch_is_kept_by_artefacts_and_named_by_programs()
    {
        OnnxModel model = OnnxModel.Load(DigitsMlp.Model);
        Tensor calibration = NpzFile.Load(DigitsMlp.Calibration)["x0"];
        CompileOptions small = new() { Bits = QuantizationBits.Uniform(3), Rounding = null };
        foreach (KeySwitchKind kind in Enum.GetValues<KeySwitchKind>())
        {
            using QuantizedModule module = ModelCompiler.Compile(model, [calibration], small with { KeySwitch = kind });
            using Scratch scratch = new();
            module.Save(scratch.At("small.cml"));
            using QuantizedModule read = QuantizedModule.Load(scratch.At("small.cml"));
            Assert.That(read.Dump(Stage.Program), Is.EqualTo(module.Dump(Stage.Program)));
            Assert.That(read.Dump(Stage.Program).Contains("in the Fourier domain (M = 1024)"), Is.EqualTo(kind == KeySwitchKind.Fourier));
            Assert.That(read.Dump(Stage.Circuit).Contains("ring = 1024"), Is.EqualTo(kind == KeySwitchKind.Fourier));
        }
    }

    [Test]
    public void The_default_security_is_132_bits_in_options_and_program()
    {
        OnnxModel model = OnnxModel.Load(DigitsMlp.Model);
        Tensor calibration = NpzFile.Load(DigitsMlp.Calibration)["x0"];
        CompileOptions small = new() { Bits = QuantizationBits.Uniform(3), Rounding = null };
        using QuantizedModule module = ModelCompiler.Compile(model, [calibration], small);
        using QuantizedModule older = ModelCompiler.Compile(model, [calibration], small with { Security = 128 });
        Assert.That(small.Security, Is.EqualTo(132));
        Assert.That(module.Dump(Stage.Program), Does.Contain("132 bits of security"));
        Assert.That(older.Dump(Stage.Program), Does.Contain("128 bits of security"));
    }

    [Test]
    public void A_cancelled_compilation_stops()
    {
        using CancellationTokenSource source = new();
        source.Cancel();
        OnnxModel model = OnnxModel.Load(DigitsMlp.Model);
        Tensor calibration = NpzFile.Load(DigitsMlp.Calibration)["x0"];
        Assert.Throws<OperationCanceledException>(() => ModelCompiler.Compile(model, [calibration], cancellation: source.Token));
    }

    [Test]
    public void The_quantization_flag_must_fit_the_model()
    {
        OnnxModel model = OnnxModel.Load(DigitsMlp.Model);
        Tensor calibration = NpzFile.Load(DigitsMlp.Calibration)["x0"];
        CompilationException refusal = Assert.Throws<CompilationException>(() =>
            ModelCompiler.Compile(model, [calibration], new CompileOptions { ImportQat = true })
        )!;
        Assert.That(refusal.Diagnostics.Select(finding => finding.Cure), Has.Some.Contains("import-qat"));
    }

    [Test]
    public void The_float_module_gives_the_models_own_outputs()
    {
        FloatModule module = ModelCompiler.ToFloat(OnnxModel.Load(DigitsMlp.Model));
        IReadOnlyDictionary<string, Tensor> test = NpzFile.Load(DigitsMlp.Test);
        double[] expected = test["y0"].ToDoubles();
        double[] actual = Values(module.Forward([test["x0"]]));
        Assert.That(actual.Zip(expected).Max(pair => Math.Abs(pair.First - pair.Second)), Is.LessThan(1e-3));
    }

    [Test]
    public void The_stored_key_is_as_large_as_the_report_says()
    {
        using QuantizedModule module = QuantizedModule.Load(DigitsMlp.Artefact);
        Cli run = Cli.Run("run", DigitsMlp.Artefact, "--input", DigitsMlp.Test, "--limit", "1", "--mode", "execute", "--json");
        Assert.That(run.Json().GetProperty("evaluation_key_bytes").GetInt64(), Is.EqualTo(module.Report.EvaluationKeyBytes));
    }

    private static double[] Values(IReadOnlyList<Tensor> tensors) => tensors[0].ToDoubles();

    private sealed class Listed(List<CompileProgress> seen) : IProgress<CompileProgress>
    {
        public void Report(CompileProgress value) => seen.Add(value);
    }
}
