using System.Text;

namespace ConcreteMl;

/// <summary>What went wrong, where, and what to do about it.</summary>
/// <param name="Code">"CML" and four digits; <c>concreteml explain</c> tells more of each.</param>
/// <param name="Severity">Errors refuse; warnings and notes do not.</param>
/// <param name="Node">The ONNX node, file, or line and column that the finding is about; null when there is none.</param>
/// <param name="Message">What was met.</param>
/// <param name="Expected">What was expected; empty when the message says all.</param>
/// <param name="Cure">What the user can do.</param>
public sealed record Diagnostic(string Code, DiagnosticSeverity Severity, string? Node, string Message, string Expected, string Cure)
{
    internal static Diagnostic Error(string code, string? node, string message, string expected, string cure) =>
        new(code, DiagnosticSeverity.Error, node, message, expected, cure);

    internal static Diagnostic Warning(string code, string? node, string message, string expected, string cure) =>
        new(code, DiagnosticSeverity.Warning, node, message, expected, cure);

    internal static Diagnostic Note(string code, string? node, string message) => new(code, DiagnosticSeverity.Note, node, message, "", "");

    /// <summary>One line: "error CML1003 at /conv/Conv: message; expected …. Cure".</summary>
    public override string ToString()
    {
        StringBuilder line = new();
        line.Append(Severity.ToString().ToLowerInvariant()).Append(' ').Append(Code);
        if (Node is not null)
        {
            line.Append(" at ").Append(Node);
        }

        line.Append(": ").Append(Message);
        if (Expected.Length > 0)
        {
            line.Append("; expected ").Append(Expected);
        }

        if (Cure.Length > 0)
        {
            line.Append(". ").Append(Cure);
        }

        return line.ToString();
    }
}
