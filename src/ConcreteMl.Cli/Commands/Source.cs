using ConcreteMl.Data;

namespace ConcreteMl.Cli.Commands;

/// <summary>A file that a command was given: an artefact or an ONNX model, told apart by its bytes.</summary>
internal sealed class Source : IDisposable
{
    private Source(OnnxModel? model, QuantizedModule? module)
    {
        Model = model;
        Module = module;
    }

    /// <summary>The model of an .onnx file.</summary>
    internal OnnxModel? Model { get; }

    /// <summary>The module of an artefact.</summary>
    internal QuantizedModule? Module { get; }

    internal IReadOnlyList<ModelPort> Inputs => Module?.Inputs ?? Model!.Inputs;

    internal static Source Open(string path)
    {
        bool named = path.EndsWith(".cml", StringComparison.OrdinalIgnoreCase);
        return named || ZipParts.HasMagic(Files.Read(path))
            ? new Source(null, QuantizedModule.Load(path))
            : new Source(OnnxModel.Load(path), null);
    }

    /// <summary>The compiled module; refuses an ONNX file, which runs in float mode alone.</summary>
    internal QuantizedModule RequireModule(string path, string mode) =>
        Module
        ?? throw new CompilationException(
            Diagnostic.Error(
                "CML6302",
                path,
                $"{mode} needs a compiled artefact, this is an ONNX model",
                "a .cml file",
                "Compile it first: concreteml compile MODEL.onnx --calibration CALIB.npz -o OUT.cml"
            )
        );

    internal FloatModule Float(Samples samples) => Module is not null ? Module.ToFloat() : ModelCompiler.ToFloat(Model!, samples);

    public void Dispose() => Module?.Dispose();
}
