namespace ConcreteMl.Tfhe;

/// <summary>Scratch and steps of one core that bootstraps chunks of a batch.</summary>
internal sealed unsafe class BootstrapWorker : IDisposable
{
    private readonly LookupClassKey _key;
    private readonly KeySwitcher _keySwitcher;
    private readonly BlindRotation _rotation;
    private readonly NativeBuffer<ulong> _small;
    private readonly int[] _switched;

    internal BootstrapWorker(LookupClassKey key, int capacity)
    {
        _key = key;
        _keySwitcher = new KeySwitcher(key.KeySwitch, capacity);
        _rotation = new BlindRotation(key);
        int size = key.Lookup.SmallDimension + 1;
        _small = new NativeBuffer<ulong>((long)size * capacity);
        _switched = new int[size];
    }

    /// <summary>Bootstraps one chunk, as many inputs as <paramref name="tableOf"/> has entries.</summary>
    internal void Run(ulong* inputs, LookupTables tables, ReadOnlySpan<int> tableOf, ulong* outputs, CancellationToken cancellation)
    {
        int smallSize = _key.Lookup.SmallDimension + 1;
        int bigSize = _key.Big.LweSize;
        int logModulus = CenteredModulusSwitch.LogModulus(_key.Big, _key.Lookup);
        _keySwitcher.Switch(inputs, tableOf.Length, _small.Pointer);
        for (int i = 0; i < tableOf.Length; i++)
        {
            CenteredModulusSwitch.Switch(_small.Slice((long)i * smallSize, smallSize), logModulus, _switched);
            Span<ulong> output = new(outputs + (long)i * bigSize, bigSize);
            _rotation.Run(_switched, tables, tableOf[i], output, cancellation);
        }
    }

    /// <summary>Frees the scratch.</summary>
    public void Dispose()
    {
        _keySwitcher.Dispose();
        _rotation.Dispose();
        _small.Dispose();
    }
}
