using ConcreteMl.Compiler.Core.Base.Codes;

namespace ConcreteMl.Interop;

/// <summary>The compiler's table of codes.</summary>
internal static class CoreCodes
{
    internal static IReadOnlyList<DiagnosticExplanation> All() =>
        [.. Codes.all.Select(code => new DiagnosticExplanation(code.Id, code.Title, code.Explanation, code.Example, code.Cure))];
}
