namespace ConcreteMl.Tfhe;

/// <summary>The files of keys, ciphertexts and halves.</summary>
internal static class StoredFile
{
    private const int BufferBytes = 1 << 18;

    /// <summary>Writes a file; a secret one is its owner's alone from the first moment on and never replaces another.</summary>
    /// <exception cref="IOException">The file cannot be written, or a secret one exists.</exception>
    internal static Task WriteAsync(string path, bool secret, Func<Stream, Task> write, CancellationToken cancellation) =>
        secret ? WholeFile.CreatePrivateAsync(path, write, cancellation) : WholeFile.ReplaceAsync(path, write, cancellation);

    /// <summary>Opens a file for reading from its start to its end.</summary>
    internal static FileStream OpenRead(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes);
}
