using ConcreteMl.Data;

namespace ConcreteMl;

/// <summary>
/// NumPy's .npz archives of named arrays: booleans, integers of 8 to 64 bits, floats of 16 to 64 bits and texts, in C and
/// Fortran order, little and big endian, stored and deflated. A lone .npy file is read as the array x0.
/// </summary>
public static class NpzFile
{
    // More than anybody reads; a file of 60,000 damaged arrays once took ten megabytes of messages.
    private const int MostFindings = 20;

    /// <summary>Reads all arrays, by name and in the file's order.</summary>
    /// <exception cref="CompilationException">The file is missing, damaged (CML6010), or holds other types (CML6011).</exception>
    public static IReadOnlyDictionary<string, Tensor> Load(string path) => Parse(Files.Read(path), path);

    /// <summary>Writes arrays in the given order; equal arrays give equal bytes.</summary>
    /// <exception cref="CompilationException">The file cannot be written (CML6003).</exception>
    public static void Save(string path, IEnumerable<KeyValuePair<string, Tensor>> arrays)
    {
        ArgumentNullException.ThrowIfNull(arrays);
        List<(string, byte[])> parts = [.. arrays.Select(array => (array.Key + ".npy", NpyArray.Write(array.Value)))];
        Files.Write(path, ZipParts.Write(parts));
    }

    internal static IReadOnlyDictionary<string, Tensor> Parse(byte[] bytes, string path)
    {
        IReadOnlyList<(string Name, byte[] Content)> parts;
        try
        {
            parts = NpyHeader.HasMagic(bytes) ? [("x0.npy", bytes)] : ZipParts.Read(bytes);
        }
        catch (Exception problem) when (Files.IsDamage(problem))
        {
            throw Damaged(path, problem.Message);
        }

        OrderedDictionary<string, Tensor> arrays = [];
        int untold = 0;
        List<Diagnostic> findings = [];
        foreach ((string name, byte[] content) in parts)
        {
            if (findings.Count >= MostFindings)
            {
                untold++;
                continue;
            }

            string array = name.EndsWith(".npy", StringComparison.Ordinal) ? name[..^4] : name;
            try
            {
                arrays[array] = NpyArray.Read(content);
            }
            catch (InvalidDataException problem)
            {
                findings.AddRange(Damaged(path, $"array '{array}': {problem.Message}").Diagnostics);
            }
            catch (NotSupportedException problem)
            {
                findings.Add(
                    Diagnostic.Error(
                        "CML6011",
                        path,
                        $"array '{array}': {problem.Message}",
                        "booleans, integers of 8 to 64 bits, floats of 16 to 64 bits or texts of fixed width",
                        "Convert it, for example with x.astype(numpy.float32), or x.astype(str) for texts"
                    )
                );
            }
        }

        if (untold > 0)
        {
            findings.Add(Damaged(path, $"{untold} more arrays were not looked at").Diagnostics[0]);
        }

        return findings.Count == 0 ? arrays : throw new CompilationException(findings);
    }

    private static CompilationException Damaged(string path, string message) =>
        new(
            Diagnostic.Error(
                "CML6010",
                path,
                $"this is no sound .npz file: {message.TrimEnd('.')}",
                "a zip archive of .npy arrays",
                "Write it again with numpy.savez"
            )
        );
}
