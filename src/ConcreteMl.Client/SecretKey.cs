using ConcreteMl.Running;
using ConcreteMl.Tfhe;

namespace ConcreteMl;

/// <summary>
/// The secret key of a client: encrypts inputs, opens outputs, and makes evaluation keys. Never printed; wiped when it is
/// disposed, once no running call uses it.
/// </summary>
public sealed class SecretKey : IDisposable
{
    internal SecretKey(ClientKey key) => Key = key;

    /// <summary>Public random name of the key.</summary>
    public KeyId KeyId => Key.Id;

    /// <summary>The parameters that the key was made for.</summary>
    public ParameterSet Parameters => Key.Parameters;

    /// <summary>Reads a key file; it must be its owner's alone.</summary>
    /// <exception cref="CompilationException">The file is missing, damaged, open to others, or its passphrase is another.</exception>
    public static SecretKey Load(string path, string? passphrase = null) =>
        new(WireRefusals.Guard(path, WireSubject.Key, () => ClientKeyFile.Load(path, passphrase)));

    /// <summary>Creates a key file for its owner alone; an existing file is never overwritten.</summary>
    /// <param name="path">The file.</param>
    /// <param name="passphrase">Encrypts the file (PBKDF2, AES-256-GCM); null leaves it to the file's permissions.</param>
    /// <exception cref="CompilationException">The file exists or cannot be written.</exception>
    public void Save(string path, string? passphrase = null) =>
        WireRefusals.Guard(
            path,
            WireSubject.Key,
            () =>
            {
                try
                {
                    ClientKeyFile.Save(Key, path, passphrase);
                }
                catch (IOException) when (File.Exists(path))
                {
                    throw WireRefusals.IsThere(path);
                }
            }
        );

    /// <summary>The key as bytes, for a vault of the caller's; the caller wipes them.</summary>
    public byte[] Export(string? passphrase = null)
    {
        using MemoryStream stream = new();
        // a memory stream completes at once
        ExportAsync(stream, passphrase).GetAwaiter().GetResult();
        byte[] bytes = stream.ToArray();
        Array.Clear(stream.GetBuffer());
        return bytes;
    }

    /// <summary>Writes the key to a stream, which stays open.</summary>
    public Task ExportAsync(Stream stream, string? passphrase = null, CancellationToken cancellation = default) =>
        ClientKeyFormat.WriteAsync(Key, stream, passphrase, cancellation);

    /// <summary>Reads exported bytes.</summary>
    /// <exception cref="CompilationException">The bytes are damaged or of another version, or the passphrase is another.</exception>
    public static SecretKey Import(ReadOnlySpan<byte> bytes, string? passphrase = null)
    {
        byte[] copy = bytes.ToArray();
        try
        {
            return ImportAsync(new MemoryStream(copy, writable: false), passphrase).GetAwaiter().GetResult();
        }
        finally
        {
            Array.Clear(copy);
        }
    }

    /// <summary>Reads an exported key from a stream, to the end of the key.</summary>
    /// <exception cref="CompilationException">The data is damaged or of another version, or the passphrase is another.</exception>
    public static async Task<SecretKey> ImportAsync(Stream stream, string? passphrase = null, CancellationToken cancellation = default)
    {
        try
        {
            return new SecretKey(await ClientKeyFormat.ReadAsync(stream, passphrase, null, cancellation).ConfigureAwait(false));
        }
        catch (TfheFormatException problem)
        {
            throw WireRefusals.Of(problem, "secret key", WireSubject.Key);
        }
    }

    /// <summary>Wipes the key once no running call uses it.</summary>
    public void Dispose() => Key.Dispose();

    /// <summary>Names the key without showing it.</summary>
    public override string ToString() => $"SecretKey {KeyId}";

    internal ClientKey Key { get; }
}
