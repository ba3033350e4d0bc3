using System.Runtime.CompilerServices;

namespace ConcreteMl.Compiler.Tests;

/// <summary>The source tree that the tests were built from.</summary>
internal static class Tree
{
    internal static string Root { get; } = Find();

    internal static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
