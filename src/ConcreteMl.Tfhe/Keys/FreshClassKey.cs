namespace ConcreteMl.Tfhe;

/// <summary>Bodies of one lookup class's keys, made from the client's key as they are asked for; nothing is kept.</summary>
internal sealed class FreshClassKey(ClientKey client, int lookupClass, KeyRandomness random) : IClassKeyBodies, IDisposable
{
    private readonly KeySwitchRows _keySwitch = new(client, lookupClass, random);
    private readonly BootstrapRows _bootstrap = new(client, lookupClass, random);

    /// <inheritdoc/>
    public BigKeyParameters Big => client.Parameters.BigKey;

    /// <inheritdoc/>
    public LookupClassParameters Lookup => client.Parameters.Classes[lookupClass];

    /// <inheritdoc/>
    public void WriteKeySwitchRow(int index, Span<ulong> bodies) => _keySwitch.Write(index, bodies);

    /// <inheritdoc/>
    public IBootstrapBodies OpenBootstrap() => _bootstrap.Open();

    /// <inheritdoc/>
    public void Dispose() => _bootstrap.Dispose();
}
