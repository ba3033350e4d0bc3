namespace ConcreteMl.Data;

/// <summary>Reads and writes whole files; what the operating system refuses becomes a coded diagnostic.</summary>
internal static class Files
{
    internal static byte[] Read(string path)
    {
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

    /// <summary>Writes UTF-8 text without a mark, and makes the folder when it is not there.</summary>
    internal static void WriteText(string path, string text)
    {
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

    internal static void Write(string path, ReadOnlySpan<byte> content)
    {
        try
        {
            File.WriteAllBytes(path, content);
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
