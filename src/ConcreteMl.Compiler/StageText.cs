using System.Text;
using ConcreteMl.Data;
using ConcreteMl.Interop;

namespace ConcreteMl;

/// <summary>
/// A stage that was read from its text: ONNX's textual syntax, or MLIR's generic form. It can be run in clear, changed by passes,
/// compared with another, and compiled.
/// </summary>
public sealed class StageText
{
    internal StageText(CoreText core) => Core = core;

    /// <summary>Which stage it is.</summary>
    public Stage Stage => Core.Kind;

    /// <summary>The name of the graph.</summary>
    public string Name => Core.Name;

    /// <summary>The step that left it, by the text's first line; null when the text does not say.</summary>
    public string? Step => Core.Step;

    /// <summary>The inputs as real numbers: integer stages take them through the codings of their ports.</summary>
    /// <exception cref="CompilationException">An ONNX text that cannot be imported.</exception>
    public IReadOnlyList<ModelPort> Inputs => Core.Inputs(asCodes: false);

    /// <summary>Warnings and notes of the passes that made it.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics => Core.Warnings;

    internal CoreText Core { get; }

    /// <summary>Reads the text of a file.</summary>
    /// <exception cref="CompilationException">The file cannot be read, or its text is no stage; carries every error of it.</exception>
    public static StageText Load(string path) => Parse(Encoding.UTF8.GetString(Files.Read(path)), path);

    /// <summary>Reads a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">What diagnostics call it.</param>
    /// <exception cref="CompilationException">The text is no stage; carries every error of it.</exception>
    public static StageText Parse(string text, string name = "text")
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(name);
        return new StageText(CoreText.Parse(name, text));
    }

    /// <summary>The stage as text; what was read comes back as it was but for layout.</summary>
    /// <param name="elide">Large constants as size and hash only; such a text cannot be read back.</param>
    public string Print(bool elide = false) => Core.Print(elide);

    /// <summary>Runs the stage in clear on real numbers: one array per input, the first axis counts samples.</summary>
    /// <exception cref="CompilationException">The arrays do not fit the inputs.</exception>
    public IReadOnlyList<Tensor> Forward(IReadOnlyList<Tensor> inputs) =>
        Core.Forward(new SampleBinder(Inputs, "inputs").Bind(inputs), asCodes: false).Outputs;

    /// <summary>The stage as a module that runs on real numbers: an ONNX or float text.</summary>
    /// <exception cref="CompilationException">The text is of an integer stage, or cannot be imported.</exception>
    public FloatModule ToFloat() => Core.ToFloat();

    /// <summary>How many nodes the graph has.</summary>
    public int NodeCount => Core.Stage.NodeCount;

    /// <summary>The differences from this graph to another of the same stage.</summary>
    /// <exception cref="CompilationException">The other is of another stage.</exception>
    public GraphComparison Compare(StageText other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return CoreTools.Compare(Core, other.Core);
    }

    /// <summary>The graph as an SVG picture without scripts or anything from elsewhere.</summary>
    public string ToSvg() => CoreTools.Draw(Core);

    /// <summary>The smallest graph found that keeps a property which this one has.</summary>
    /// <param name="keep">Whether a candidate has the property.</param>
    /// <param name="told">Hears the number of nodes of each improvement.</param>
    public StageText Reduce(Func<StageText, bool> keep, Action<int>? told = null)
    {
        ArgumentNullException.ThrowIfNull(keep);
        return new StageText(CoreTools.Reduce(Core, text => keep(new StageText(text)), told ?? (_ => { })));
    }

    /// <summary>What passes make of the stage.</summary>
    /// <param name="passes">Names as <see cref="PassCatalog"/> lists them, each with its options: <c>name</c> or <c>name[option=value,…]</c>.</param>
    /// <param name="options">What differs from the defaults.</param>
    /// <param name="progress">Told of every pass.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="CompilationException">A pass is not known, refuses the stage, or fails verification or validation.</exception>
    public StageText Apply(
        IReadOnlyList<string> passes,
        PassRunOptions? options = null,
        IProgress<CompileProgress>? progress = null,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(passes);
        return new StageText(Core.Apply(passes, options ?? new PassRunOptions(), progress, cancellation));
    }
}
