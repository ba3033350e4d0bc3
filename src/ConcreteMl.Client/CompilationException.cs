namespace ConcreteMl;

/// <summary>A model, file, option or input was refused; carries every finding of the step that refused it.</summary>
public sealed class CompilationException : Exception
{
    /// <summary>An exception for the given findings, at least one of them an error.</summary>
    public CompilationException(IReadOnlyList<Diagnostic> diagnostics)
        : base(string.Join('\n', diagnostics)) => Diagnostics = diagnostics;

    internal CompilationException(Diagnostic diagnostic)
        : this([diagnostic]) { }

    /// <summary>All findings, errors and warnings, in the order in which they were met.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; }
}
