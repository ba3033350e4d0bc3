using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>Arguments that mean nothing are refused as .NET's own methods refuse them, or with a code.</summary>
public sealed class ArgumentTests
{
    [Test]
    public void Null_arguments_are_named()
    {
        using QuantizedModule module = TinyModel.Compile();
        FloatModule floats = ModelCompiler.ToFloat(TinyModel.Model());
        Tensor x = Tensor.Create([0f, 0, 0, 0], 1, 4);
        StageText text = TinyModel.Model().Text();
        Action[] calls =
        [
            () => module.Forward(null!, FheMode.Disable),
            () => module.Forward([null!], FheMode.Disable),
            () => module.QuantizeInput(null!),
            () => module.QuantizedForward(null!, FheMode.Disable),
            () => module.DequantizeOutput(null!),
            () => floats.Forward(null!),
            () => ModelCompiler.Compile((OnnxModel)null!, [x]),
            () => ModelCompiler.Compile((StageText)null!, [x]),
            () => ModelCompiler.Compile(TinyModel.Model(), null!),
            () => ModelCompiler.Compile(TinyModel.Model(), [x], new CompileOptions { Bits = null! }),
            () => ModelCompiler.TryCompile(null!, [x], null, out _, out _),
            () => ModelCompiler.ToFloat(null!),
            () => ModelCompiler.Normalize(null!),
            () => QuantizedModule.Load(null!),
            () => module.Save(null!),
            () => OnnxModel.Load(null!),
            () => NpzFile.Load(null!),
            () => NpzFile.Save("x.npz", null!),
            () => Tensor.Stack(null!),
            () => QuantizationBits.Parse(null!),
            () => DiagnosticCatalog.Find(null!),
            () => StageText.Parse(null!),
            () => StageText.Load(null!),
            () => text.Forward(null!),
            () => text.Compare(null!),
            () => text.Reduce(null!),
            () => text.Apply(null!),
            () => PassInsertion.TryParse(null!, false, out _),
        ];
        for (int call = 0; call < calls.Length; call++)
        {
            Assert.That(() => calls[call](), Throws.ArgumentNullException, $"call {call}");
        }
    }

    [Test]
    public void Undefined_values_of_enumerations_are_refused()
    {
        using QuantizedModule module = TinyModel.Compile();
        Tensor x = Tensor.Create([0f, 0, 0, 0], 1, 4);
        Assert.That(() => module.Forward([x], (FheMode)99), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(
            () => module.QuantizedForward(module.QuantizeInput([x]), (FheMode)(-1)),
            Throws.InstanceOf<ArgumentOutOfRangeException>()
        );
        Assert.That(() => module.Dump((Stage)99), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Refused("CML6022", () => TinyModel.Compile(new CompileOptions { Rounding = new Rounding(6, (RoundingMethod)9) }));
        Refused("CML6022", () => module.Forward([x], FheMode.Disable, new RunOptions { Threads = -5 }));
        Refused("CML6022", () => module.Forward([x], FheMode.Execute, new RunOptions { BatchSize = 0 }));
    }

    [Test]
    public void Paths_that_name_nothing_are_refused_before_any_work()
    {
        using QuantizedModule module = TinyModel.Compile();
        Tensor x = Tensor.Create([0f, 0, 0, 0], 1, 4);
        foreach (string path in new[] { "", " ", "a\0b" })
        {
            Refused("CML6001", () => TinyModel.Compile(new CompileOptions { DumpDirectory = path }));
            Refused("CML6001", () => module.Forward([x], FheMode.Execute, new RunOptions { KeyFile = path }));
            Refused("CML6001", () => module.Save(path));
            Refused("CML6001", () => module.SaveClient(path));
            Refused("CML6001", () => QuantizedModule.Load(path));
            Refused("CML6001", () => OnnxModel.Load(path));
            Refused("CML6001", () => NpzFile.Load(path));
            Refused("CML6001", () => NpzFile.Save(path, []));
            Refused("CML6001", () => StageText.Load(path));
        }
    }

    [Test]
    public void Records_with_lists_compare_and_print_by_content()
    {
        ModelPort first = new("x", ElementType.Float32, [null, 3]);
        ModelPort second = new("x", ElementType.Float32, new List<int?> { null, 3 });
        Assert.That(second, Is.EqualTo(first));
        Assert.That(second.GetHashCode(), Is.EqualTo(first.GetHashCode()));
        Assert.That(first.ToString(), Does.Contain("Shape = [?, 3]"));
        Assert.That(first with { Shape = [null, 4] }, Is.Not.EqualTo(first));
        Assert.That(first with { Shape = new int?[] { null, 3 } }, Is.EqualTo(first));
        using QuantizedModule one = TinyModel.Compile();
        using QuantizedModule other = TinyModel.Compile();
        Assert.That(other.Report, Is.EqualTo(one.Report));
        Assert.That(one.Report.ToString(), Does.Contain("Layers = [LayerReport {"));
        GraphComparison alike = one.Text(Stage.Quant).Compare(other.Text(Stage.Quant));
        Assert.That(alike, Is.EqualTo(other.Text(Stage.Quant).Compare(one.Text(Stage.Quant))));
        Assert.That(PassCatalog.All[0], Is.EqualTo(PassCatalog.All[0] with { Options = [.. PassCatalog.All[0].Options] }));
        Assert.That(new CompileOptions { Passes = [] }, Is.EqualTo(new CompileOptions()));
    }

    private static void Refused(string code, Action call)
    {
        CompilationException refusal = Assert.Throws<CompilationException>(call)!;
        Assert.That(refusal.Diagnostics[0].Code, Is.EqualTo(code));
    }
}
