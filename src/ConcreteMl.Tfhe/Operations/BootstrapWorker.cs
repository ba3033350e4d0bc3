namespace ConcreteMl.Tfhe;

/// <summary>Scratch and steps of one core that bootstraps chunks of a batch.</summary>
internal sealed unsafe class BootstrapWorker : IDisposable
{
    private readonly LookupClassKey _key;
    private readonly KeySwitcher _keySwitcher;
    private readonly BatchRotation? _batch;
    private readonly BlindRotation? _extended;
    private readonly NativeBuffer<ulong> _small;
    private readonly int[] _switched;

    internal BootstrapWorker(LookupClassKey key, int capacity)
    {
        _key = key;
        _keySwitcher = new KeySwitcher(key.KeySwitch, capacity);
        if (key.Lookup.Nu == 0)
            _batch = new BatchRotation(key, capacity);
        else
            _extended = new BlindRotation(key);
        int size = key.Lookup.SmallDimension + 1;
        _small = new NativeBuffer<ulong>((long)size * capacity);
        _switched = new int[size * capacity];
    }

    /// <summary>Bootstraps one chunk, as many inputs as <paramref name="tableOf"/> has entries.</summary>
    internal void Run(ulong* inputs, LookupTables tables, ReadOnlySpan<int> tableOf, ulong* outputs, CancellationToken cancellation)
    {
        int smallSize = _key.Lookup.SmallDimension + 1;
        int bigSize = _key.Big.LweSize;
        _keySwitcher.Switch(inputs, tableOf.Length, _small.Pointer);
        for (int i = 0; i < tableOf.Length; i++)
            CenteredModulusSwitch.Switch(
                _small.Slice((long)i * smallSize, smallSize),
                _key.Big,
                _key.Lookup,
                _switched.AsSpan(i * smallSize, smallSize)
            );
        int step = _batch?.Capacity ?? 1;
        for (int first = 0; first < tableOf.Length; first += step)
        {
            ReadOnlySpan<int> chosen = tableOf.Slice(first, Math.Min(step, tableOf.Length - first));
            ReadOnlySpan<int> words = _switched.AsSpan(first * smallSize, chosen.Length * smallSize);
            ulong* place = outputs + (long)first * bigSize;
            if (_batch is not null)
                _batch.Run(words, tables, chosen, place, cancellation);
            else
                _extended!.Run(words, tables, chosen[0], new Span<ulong>(place, bigSize), cancellation);
        }
    }

    /// <summary>Frees the scratch.</summary>
    public void Dispose()
    {
        _keySwitcher.Dispose();
        _batch?.Dispose();
        _extended?.Dispose();
        _small.Dispose();
    }
}
