namespace ConcreteMl.Tfhe;

/// <summary>Writes files beside their place and renames them: what was there stays whole until the new one is.</summary>
internal static class StoredFile
{
    private const int BufferBytes = 1 << 18;

    /// <summary>Writes a file; a secret one is its owner's alone from the first moment on and never replaces another.</summary>
    /// <exception cref="IOException">The file cannot be written, or a secret one exists.</exception>
    internal static async Task WriteAsync(string path, bool secret, Func<Stream, Task> write, CancellationToken cancellation)
    {
        if (secret && File.Exists(path))
            throw new IOException($"the file '{path}' already exists");
        string beside = $"{path}.{Guid.NewGuid():N}.part";
        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = secret ? 0 : BufferBytes,
        };
        if (secret && !OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            await using (FileStream stream = new(beside, options))
            {
                await write(stream).ConfigureAwait(false);
                cancellation.ThrowIfCancellationRequested();
                stream.Flush(flushToDisk: true);
            }
            File.Move(beside, path, overwrite: !secret);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
    }

    /// <summary>Opens a file for reading from its start to its end.</summary>
    internal static FileStream OpenRead(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes);
}
