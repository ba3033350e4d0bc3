using System.Collections;

namespace ConcreteMl.AspNetCore;

/// <summary>The models of a server by name.</summary>
public sealed class ServedModels : IReadOnlyCollection<ServedModelFiles>
{
    private readonly List<ServedModelFiles> models = [];

    /// <summary>How many there are.</summary>
    public int Count => models.Count;

    /// <summary>Adds a model.</summary>
    /// <param name="name">Its name in addresses: letters, digits, '.', '_' and '-'.</param>
    /// <param name="serverHalf">File of the server's half.</param>
    /// <param name="clientHalf">
    /// File of the client's half, which clients may fetch; null takes the file beside the server's half that ends in ".client", if
    /// there is one.
    /// </param>
    public ServedModels Add(string name, string serverHalf, string? clientHalf = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(serverHalf);
        models.Add(new ServedModelFiles(name, serverHalf, clientHalf));
        return this;
    }

    /// <inheritdoc/>
    public IEnumerator<ServedModelFiles> GetEnumerator() => models.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
