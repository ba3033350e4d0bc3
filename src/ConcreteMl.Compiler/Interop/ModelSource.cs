using System.Security.Cryptography;
using System.Text;
using CoreStage = ConcreteMl.Compiler.Core.Stage;

namespace ConcreteMl.Interop;

/// <summary>What a module was made from: an ONNX model, or the text of a later stage.</summary>
internal sealed class ModelSource
{
    private ModelSource(OnnxModel? model, StageText? text, byte[] bytes)
    {
        Model = model;
        Text = text;
        Bytes = bytes;
    }

    /// <summary>The model; null when the module began at a later stage.</summary>
    internal OnnxModel? Model { get; }

    /// <summary>The text; null when the module began at a model.</summary>
    internal StageText? Text { get; }

    /// <summary>What an artefact keeps of it.</summary>
    internal byte[] Bytes { get; }

    internal string Name => Model?.Name ?? Text!.Name;

    /// <summary>SHA-256 of what an artefact keeps; with external data another than the file's own.</summary>
    internal string Hash => Convert.ToHexStringLower(SHA256.HashData(Bytes));

    internal CoreStage Stage => Model is OnnxModel model ? CoreStage.NewOnnx(model.Core.Model) : Text!.Core.Stage;

    /// <summary>The step after which the compilation goes on; null when that is not known.</summary>
    internal string? Step => Text?.Step;

    internal static ModelSource Of(OnnxModel model) => new(model, null, model.Core.SelfContained(model.Bytes));

    internal static ModelSource Of(StageText text) => new(null, text, Encoding.UTF8.GetBytes(text.Print()));

    /// <summary>What an artefact kept.</summary>
    internal static ModelSource Read(byte[] bytes, bool isText, string name) =>
        isText ? new ModelSource(null, StageText.Parse(Encoding.UTF8.GetString(bytes), name), bytes) : Of(OnnxModel.Parse(bytes, name));

    /// <exception cref="CompilationException">The module began at a later stage.</exception>
    internal OnnxModel RequireModel() => Model ?? throw Without("the ONNX model");

    /// <summary>An artefact is asked for a stage that only a compilation has.</summary>
    internal CompilationException NotKept(string what) =>
        new(
            Diagnostic.Error(
                "CML6021",
                Name,
                $"an artefact does not keep {what}",
                "a compilation, which has it",
                "Give the ONNX model with the calibration data and the options of the artefact"
            )
        );

    internal CompilationException Without(string what) =>
        new(
            Diagnostic.Error(
                "CML6021",
                Name,
                $"the module began with the text of its {Text!.Stage.ToString().ToLowerInvariant()} stage and has nothing above it",
                $"a module that holds {what}",
                "Compile the ONNX model itself"
            )
        );
}
