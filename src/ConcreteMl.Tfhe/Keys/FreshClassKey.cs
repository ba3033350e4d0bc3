namespace ConcreteMl.Tfhe;

/// <summary>Bodies of one lookup class's keys, made from the client's key as they are asked for; nothing is kept.</summary>
internal sealed class FreshClassKey(ClientKey client, int lookupClass, KeyRandomness random) : IClassKeyBodies, IDisposable
{
    private readonly KeySwitchRows? _keySwitch = client.Parameters.Classes[lookupClass].UsesFourierKeySwitch
        ? null
        : new KeySwitchRows(client, lookupClass, random);
    private readonly FourierKeySwitchRows? _fourierKeySwitch = client.Parameters.Classes[lookupClass].UsesFourierKeySwitch
        ? new FourierKeySwitchRows(client, lookupClass, random)
        : null;
    private readonly BootstrapRows _bootstrap = new(client, lookupClass, random);
    private readonly WideRows? _wide = client.Parameters.Classes[lookupClass].Wide is null
        ? null
        : new WideRows(client, lookupClass, random);

    /// <inheritdoc/>
    public BigKeyParameters Big => client.Parameters.BigKey;

    /// <inheritdoc/>
    public LookupClassParameters Lookup => client.Parameters.Classes[lookupClass];

    /// <inheritdoc/>
    public BootstrapPlace Place { get; } = BootstrapPlace.Of(client.Parameters, lookupClass);

    /// <inheritdoc/>
    public void WriteKeySwitchRow(int index, Span<ulong> bodies)
    {
        if (_fourierKeySwitch is null)
            _keySwitch!.Write(index, bodies);
        else
            _fourierKeySwitch.Write(index, bodies);
    }

    /// <inheritdoc/>
    public IBootstrapBodies OpenBootstrap() => _bootstrap.Open();

    /// <inheritdoc/>
    public IBootstrapBodies OpenWide() => _wide!.Open();

    /// <inheritdoc/>
    public void Dispose()
    {
        _fourierKeySwitch?.Dispose();
        _bootstrap.Dispose();
        _wide?.Dispose();
    }
}
