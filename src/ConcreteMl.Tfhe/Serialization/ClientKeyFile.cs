namespace ConcreteMl.Tfhe;

/// <summary>Stores secret keys: owner-only from the first moment on, and refused when others could have read the file.</summary>
public static class ClientKeyFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode Others =
        UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite
        | UnixFileMode.OtherExecute;

    /// <summary>Creates the file; an existing one is never overwritten.</summary>
    /// <exception cref="IOException">The file exists or cannot be created.</exception>
    public static void Save(ClientKey key, string path)
    {
        using Lifetime.Use use = key.Use();
        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        using FileStream stream = new(path, options);
        using ChecksummedWriter writer = new(stream, FileKind.ClientKey);
        writer.Write(key.Parameters);
        writer.Write(key.Id);
        WriteSecret(writer, key.Big);
        foreach (BinarySecret small in key.Small)
            WriteSecret(writer, small);
        writer.Finish();
    }

    /// <summary>Reads a secret key.</summary>
    /// <exception cref="TfheFormatException">The file is damaged, below its security curve, or open to others.</exception>
    public static ClientKey Load(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(stream.SafeFileHandle) & Others) != 0)
            throw new TfheFormatException(
                $"the secret key '{path}' can be read by others: make a new key, or restrict the file to its owner (mode 600)"
            );
        using ChecksummedReader reader = new(stream, FileKind.ClientKey);
        ParameterSet parameters = reader.ReadParameters();
        KeyId id = reader.ReadKeyId();
        int[] dimensions = [parameters.BigKey.LweDimension, .. parameters.Classes.Select(lookup => lookup.SmallDimension)];
        reader.ExpectPayload(dimensions.Sum(PackedLength));
        List<BinarySecret> secrets = [];
        try
        {
            foreach (int dimension in dimensions)
                secrets.Add(ReadSecret(reader, dimension));
            reader.Finish();
            return ClientKey.FromSecrets(parameters, id, secrets[0], [.. secrets.Skip(1)]);
        }
        catch
        {
            secrets.ForEach(secret => secret.Dispose());
            throw;
        }
    }

    private static int PackedLength(int dimension) => (dimension + 7) / 8;

    private static void WriteSecret(ChecksummedWriter writer, BinarySecret secret)
    {
        int length = PackedLength(secret.Dimension);
        using NativeBuffer<byte> packed = new(length, secret: true);
        secret.Pack(packed.Slice(0, length));
        writer.Write(packed.Slice(0, length));
    }

    private static BinarySecret ReadSecret(ChecksummedReader reader, int dimension)
    {
        int length = PackedLength(dimension);
        using NativeBuffer<byte> packed = new(length, secret: true);
        reader.Read(packed.Slice(0, length));
        return BinarySecret.Unpack(dimension, packed.Slice(0, length));
    }
}
