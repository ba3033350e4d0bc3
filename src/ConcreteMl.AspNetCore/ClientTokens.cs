using System.Security.Cryptography;
using System.Text;

namespace ConcreteMl.AspNetCore;

/// <summary>Clients and their bearer tokens, of which hashes alone are kept.</summary>
public sealed class ClientTokens
{
    /// <summary>Shortest token: 16 characters of base64 are 96 random bits, too many to be guessed over a network.</summary>
    public const int LeastTokenLength = 16;

    private readonly List<(string Name, byte[] Hash)> clients = [];

    /// <summary>How many tokens there are.</summary>
    public int Count => clients.Count;

    /// <summary>Adds a client's token; a client may have several, so that tokens can be replaced one after the other.</summary>
    /// <exception cref="ArgumentException">The token is short, or another client has it.</exception>
    public ClientTokens Add(string client, string token)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(client);
        ArgumentNullException.ThrowIfNull(token);
        if (token.Length < LeastTokenLength)
            throw new ArgumentException($"the token of '{client}' has {token.Length} characters, at least {LeastTokenLength} are expected");
        if (Find(token) is { } owner && owner != client)
            throw new ArgumentException($"'{client}' and '{owner}' have the same token");
        clients.Add((client, Hash(token)));
        return this;
    }

    /// <summary>The client whose token it is, in a time that does not depend on which one; null for unknown tokens.</summary>
    internal string? Find(string token)
    {
        byte[] hash = Hash(token);
        string? found = null;
        foreach ((string name, byte[] known) in clients)
            if (CryptographicOperations.FixedTimeEquals(hash, known))
                found = name;
        return found;
    }

    // Tokens are random, so a plain hash is enough: there is nothing to guess with a dictionary.
    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
