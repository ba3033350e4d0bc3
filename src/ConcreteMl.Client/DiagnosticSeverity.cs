namespace ConcreteMl;

/// <summary>How serious a <see cref="Diagnostic"/> is.</summary>
public enum DiagnosticSeverity
{
    /// <summary>The input is refused.</summary>
    Error,

    /// <summary>The work goes on, with less than was asked for.</summary>
    Warning,

    /// <summary>Good to know.</summary>
    Note,
}
