using ConcreteMl.Tfhe;

namespace ConcreteMl.Cli.Commands;

/// <summary>Ciphertexts in files.</summary>
internal static class HalfFiles
{
    /// <summary>Writes beside the file and renames: what was there stays whole until the new one is.</summary>
    internal static void Write(string path, Func<Stream, CancellationToken, Task> write, CancellationToken cancellation) =>
        StoredFile.WriteAsync(path, secret: false, stream => write(stream, cancellation), cancellation).GetAwaiter().GetResult();

    /// <summary>Reads from a file.</summary>
    internal static T Read<T>(string path, Func<Stream, Task<T>> read)
    {
        using FileStream stream = StoredFile.OpenRead(path);
        return read(stream).GetAwaiter().GetResult();
    }
}
