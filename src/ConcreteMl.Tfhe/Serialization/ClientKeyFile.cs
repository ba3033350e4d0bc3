namespace ConcreteMl.Tfhe;

/// <summary>Stores secret keys in files: owner-only from the first moment on, and refused when others could have read the file.</summary>
public static class ClientKeyFile
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite
        | UnixFileMode.OtherExecute;

    /// <summary>Creates the file; an existing one is never overwritten.</summary>
    /// <exception cref="IOException">The file exists or cannot be created.</exception>
    public static void Save(ClientKey key, string path, string? passphrase = null) =>
        StoredFile
            .WriteAsync(path, secret: true, stream => ClientKeyFormat.WriteAsync(key, stream, passphrase), CancellationToken.None)
            .GetAwaiter()
            .GetResult();

    /// <summary>Reads a secret key.</summary>
    /// <exception cref="TfheFormatException">The file is damaged, below its security curve, open to others, or the passphrase is wrong.</exception>
    public static ClientKey Load(string path, string? passphrase = null)
    {
        if (!WholeFile.IsOrdinary(path))
            throw new TfheFormatException($"'{path}' is a pipe or a device, which holds no key");
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(stream.SafeFileHandle) & Others) != 0)
            throw new TfheFormatException(
                TfheFormatProblem.OpenToOthers,
                $"the secret key '{path}' can be read by others: make a new key, or restrict the file to its owner (mode 600)"
            );
        ClientKey key = ClientKeyFormat.ReadAsync(stream, passphrase).GetAwaiter().GetResult();
        if (stream.ReadByte() < 0)
            return key;
        key.Dispose();
        throw new TfheFormatException("the file goes on after its end: it is damaged");
    }
}
