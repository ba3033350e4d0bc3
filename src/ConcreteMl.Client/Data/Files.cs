using ConcreteMl.Tfhe;

namespace ConcreteMl.Data;

/// <summary>Reads and writes whole files; what the operating system refuses becomes a coded diagnostic.</summary>
internal static class Files
{
    internal static byte[] Read(string path)
    {
        RequirePath(path);
        if (Directory.Exists(path))
        {
            throw new CompilationException(Diagnostic.Error("CML6001", path, "this is a folder", "a file", "Name a file in it"));
        }

        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException or ArgumentException)
        {
            throw new CompilationException(
                Diagnostic.Error("CML6001", path, "there is no such file", "", "Check the path and the current folder")
            );
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new CompilationException(
                Diagnostic.Error("CML6002", path, problem.Message.TrimEnd('.'), "", "Check the file's permissions")
            );
        }
    }

    /// <summary>Refuses paths that name nothing: empty ones, and ones with a NUL.</summary>
    /// <exception cref="CompilationException">CML6001.</exception>
    internal static void RequirePath(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0', StringComparison.Ordinal))
        {
            string met = path.Length == 0 ? "the path is empty" : "the path is blank or holds a NUL character";
            throw new CompilationException(Diagnostic.Error("CML6001", path.Replace('\0', ' '), met, "the path of a file", "Name a file"));
        }
    }

    /// <summary>Writes UTF-8 text without a mark, and makes the folder when it is not there.</summary>
    internal static void WriteText(string path, string text)
    {
        RequirePath(path);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw NotWritten(path, problem);
        }

        Write(path, System.Text.Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Writes a file as a whole: what had the name before stays until the new content is on the disk.</summary>
    internal static void Write(string path, byte[] content)
    {
        RequirePath(path);
        try
        {
            WholeFile.Replace(path, stream => stream.Write(content));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw NotWritten(path, problem);
        }
    }

    /// <summary>What the framework's zip reader throws on damaged archives.</summary>
    internal static bool IsDamage(Exception problem) =>
        problem
            is InvalidDataException
                or IOException
                or ArgumentException
                or NotSupportedException
                or OverflowException
                or IndexOutOfRangeException;

    private static CompilationException NotWritten(string path, Exception problem) =>
        new(
            Diagnostic.Error(
                "CML6003",
                path,
                problem.Message.TrimEnd('.'),
                "",
                "Create the folder, or choose a place that you may write to"
            )
        );
}
