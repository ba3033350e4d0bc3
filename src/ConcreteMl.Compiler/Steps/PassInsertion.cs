using System.Diagnostics.CodeAnalysis;

namespace ConcreteMl;

/// <summary>A pass of one's own assembly, before or after a step of the pipeline.</summary>
/// <param name="Step">The step beside which it runs; <see cref="PassCatalog"/> lists them.</param>
/// <param name="After">Behind the step instead of before it.</param>
/// <param name="Assembly">The path of the assembly. Its code runs in this process.</param>
/// <param name="Type">The public type (an F# module is one) that holds the pass as a static property.</param>
public sealed record PassInsertion(string Step, bool After, string Assembly, string Type)
{
    /// <summary>Reads <c>STEP=plugin.dll:Type</c>.</summary>
    public static bool TryParse(string text, bool after, [NotNullWhen(true)] out PassInsertion? insertion)
    {
        ArgumentNullException.ThrowIfNull(text);
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        int colon = text.LastIndexOf(':');
        bool sound = equals > 0 && colon > equals + 1 && colon < text.Length - 1;
        insertion = sound ? new PassInsertion(text[..equals], after, text[(equals + 1)..colon], text[(colon + 1)..]) : null;
        return sound;
    }

    /// <summary>As it is written on a command line.</summary>
    public override string ToString() => $"{Step}={Assembly}:{Type}";
}
