using System.Security.Cryptography;

namespace ConcreteMl.Orleans;

/// <summary>An evaluation key as silos get to know it: they keep it under its hash, and ask for its bytes when they need them.</summary>
/// <param name="Id">SHA-256 of the key's bytes, 64 lower-case hexadecimal digits.</param>
/// <param name="OpenAsync">Opens the key's bytes for reading; called once for every silo that does not have the key yet.</param>
/// <param name="Owner">Whose key it is: silos keep the keys of different owners apart.</param>
public sealed record ClusterKey(string Id, Func<CancellationToken, Task<Stream>> OpenAsync, string Owner = "local")
{
    /// <summary>The key in a file, as keygen writes it.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static async Task<ClusterKey> FromFileAsync(string path, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        await using FileStream file = File.OpenRead(path);
        string id = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation));
        return new ClusterKey(id, _ => Task.FromResult<Stream>(File.OpenRead(path)));
    }
}
