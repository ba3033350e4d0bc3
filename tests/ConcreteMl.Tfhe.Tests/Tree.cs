namespace ConcreteMl.Tfhe.Tests;

/// <summary>The source tree that the tests were built from.</summary>
internal static class Tree
{
    internal static string Root { get; } = Find(AppContext.BaseDirectory);

    internal static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    // Not by the path of this source file: a build that leaves out the paths of its machine knows none.
    private static string Find(string directory) =>
        File.Exists(Path.Combine(directory, "ConcreteMl.Compiler.sln"))
            ? directory
            : Find(
                Path.GetDirectoryName(directory)
                    ?? throw new DirectoryNotFoundException($"{AppContext.BaseDirectory} does not lie in the source tree")
            );
}
