namespace ConcreteMl;

/// <summary>How passes run on a text; every property has a default.</summary>
public sealed record PassRunOptions
{
    /// <summary>Verify the graph after every pass; default: true.</summary>
    public bool Verify { get; init; } = true;

    /// <summary>Run each stage before and after every pass on samples, and refuse a pass that changed what it computes; default: false.</summary>
    public bool Validate { get; init; }

    /// <summary>Samples for validation and for passes that look at data, one array per input; default: null, random ones where validation needs some.</summary>
    public IReadOnlyList<Tensor>? Samples { get; init; }

    /// <summary>What passes of the integer stages may be told of widths and failure bounds; default: the compiler's own defaults.</summary>
    public CompileOptions Compile { get; init; } = new();

    /// <summary>Told of every pass, before its result is verified; default: null.</summary>
    public Action<StepReport>? OnStep { get; init; }
}
