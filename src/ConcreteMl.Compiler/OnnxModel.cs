using ConcreteMl.Data;
using ConcreteMl.Interop;

namespace ConcreteMl;

/// <summary>A decoded and checked ONNX model.</summary>
public sealed class OnnxModel
{
    internal OnnxModel(CoreModel core, byte[] bytes, string place)
    {
        Core = core;
        Bytes = bytes;
        Place = place;
    }

    /// <summary>The name of the graph.</summary>
    public string Name => Core.Name;

    /// <summary>SHA-256 of the file's bytes, lower-case hex.</summary>
    public string Hash => Core.Hash;

    /// <summary>The inputs that are not initializers, in order.</summary>
    public IReadOnlyList<ModelPort> Inputs => Core.Inputs;

    /// <summary>The outputs, in order.</summary>
    public IReadOnlyList<ModelPort> Outputs => Core.Outputs;

    /// <summary>Warnings and notes of reading the file.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics => Core.Diagnostics;

    internal CoreModel Core { get; }

    internal byte[] Bytes { get; }

    internal string Place { get; }

    /// <summary>Reads a file; external data is looked for beside it.</summary>
    /// <exception cref="CompilationException">The file is missing, damaged, or breaks ONNX's rules; carries all findings.</exception>
    public static OnnxModel Load(string path)
    {
        byte[] bytes = Files.Read(path);
        string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
        return new OnnxModel(CoreModel.Decode(path, folder, bytes), bytes, path);
    }

    /// <summary>Reads a model that is in memory; it cannot have external data.</summary>
    /// <exception cref="CompilationException">The model is damaged or breaks ONNX's rules; carries all findings.</exception>
    public static OnnxModel Parse(ReadOnlyMemory<byte> content, string name = "model")
    {
        ArgumentNullException.ThrowIfNull(name);
        byte[] bytes = content.ToArray();
        return new OnnxModel(CoreModel.Decode(name, null, bytes), bytes, name);
    }

    /// <summary>The model as a stage, to be run, drawn, compared or compiled.</summary>
    public StageText Text() => new(CoreText.Of(Core));

    /// <summary>The model in ONNX's textual syntax.</summary>
    /// <param name="plainNames">Replaces names that are no plain identifiers, which older readers refuse; comments keep the originals.</param>
    /// <param name="elide">Large tensors as size and hash only; such a text cannot be read back.</param>
    public string Dump(bool plainNames = false, bool elide = false) => Core.Dump(plainNames, elide);
}
