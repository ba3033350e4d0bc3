namespace ConcreteMl.AspNetCore;

/// <summary>Which evaluation key is meant: of one client, for one circuit.</summary>
/// <param name="Owner">The client.</param>
/// <param name="Circuit">Hash of the circuit, 64 hexadecimal digits.</param>
/// <param name="Id">SHA-256 of the key's bytes as they were sent, 64 hexadecimal digits.</param>
internal readonly record struct KeyName(string Owner, string Circuit, string Id)
{
    /// <summary>Digits of an id.</summary>
    internal const int IdLength = 64;

    /// <summary>An id is 64 lower-case hexadecimal digits, so it is safe as the name of a file.</summary>
    internal static bool IsId(string? id) => id is { Length: IdLength } && id.All(char.IsAsciiHexDigitLower);

    /// <summary>The key that a request names.</summary>
    /// <exception cref="RefusalException">The id is none.</exception>
    internal static KeyName Parse(string owner, ServedModel model, string? id) =>
        IsId(id)
            ? new KeyName(owner, model.Server.CircuitHash, id!)
            : throw RefusalException.Request(
                id is null ? "the request names no key" : "the key's name is no hash",
                "X-Key-Id: the SHA-256 of the evaluation key's bytes, 64 lower-case hexadecimal digits",
                "Hash the key's file, for example with sha256sum"
            );
}
