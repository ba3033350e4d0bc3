namespace ConcreteMl.Tfhe;

/// <summary>Scratch and steps of one core that bootstraps chunks of a batch.</summary>
internal sealed unsafe class BootstrapWorker : IDisposable
{
    private readonly LookupClassKey _key;
    private readonly WideBootstrap? _wide;
    private readonly IKeySwitcher _keySwitcher;
    private readonly BatchRotation? _batch;
    private readonly BlindRotation? _extended;
    private readonly NativeBuffer<ulong> _small;
    private readonly int[] _switched;

    internal BootstrapWorker(LookupClassKey key, int capacity)
    {
        _key = key;
        _keySwitcher = key.KeySwitch.Open(capacity);
        if (key.Lookup.Wide is not null)
            _wide = new WideBootstrap(key, capacity);
        else if (key.Lookup.Nu == 0)
            _batch = new BatchRotation(key, capacity);
        else
            _extended = new BlindRotation(key, capacity);
        int size = key.Lookup.SmallDimension + 1;
        _small = new NativeBuffer<ulong>((long)size * capacity);
        _switched = new int[size * capacity];
    }

    /// <summary>Bootstraps one chunk, <paramref name="each"/> entries of <paramref name="tableOf"/> and results an input.</summary>
    internal void Run(
        ulong* inputs,
        LookupTables tables,
        ReadOnlySpan<int> tableOf,
        int each,
        ulong* outputs,
        CancellationToken cancellation
    )
    {
        if (_wide is not null)
        {
            _wide.Run(inputs, tables, tableOf, each, outputs, cancellation);
            return;
        }
        int count = tableOf.Length / each;
        int smallSize = _key.Lookup.SmallDimension + 1;
        int bigSize = _key.Big.LweSize;
        _keySwitcher.Switch(inputs, count, _small.Pointer);
        for (int i = 0; i < count; i++)
            SwitchModulus(_small.Slice((long)i * smallSize, smallSize), each, _switched.AsSpan(i * smallSize, smallSize));
        int step = _batch?.Capacity ?? _extended!.Capacity;
        for (int first = 0; first < count; first += step)
        {
            int length = Math.Min(step, count - first);
            ReadOnlySpan<int> chosen = tableOf.Slice(first * each, length * each);
            ReadOnlySpan<int> words = _switched.AsSpan(first * smallSize, length * smallSize);
            ulong* place = outputs + (long)first * each * bigSize;
            if (_batch is not null)
                _batch.Run(words, tables, chosen, each, place, cancellation);
            else
                for (int i = 0; i < each; i++)
                    _extended!.Run(words, tables, chosen[i..], each, place + (long)i * bigSize, cancellation);
        }
    }

    /// <summary>Several tables of an ordinary bootstrap share the modulus; extended ones rotate apart, at the full modulus.</summary>
    private void SwitchModulus(ReadOnlySpan<ulong> small, int each, Span<int> switched)
    {
        if (_batch is null || each == 1)
        {
            CenteredModulusSwitch.Switch(small, _key.Big, _key.Lookup, switched);
            return;
        }
        int spread = LookupTables.LogSpread(each);
        CenteredModulusSwitch.Switch(small, CenteredModulusSwitch.LogModulus(_key.Big, _key.Lookup, each), switched);
        foreach (ref int word in switched)
            word <<= spread;
    }

    /// <summary>Frees the scratch.</summary>
    public void Dispose()
    {
        _keySwitcher.Dispose();
        _wide?.Dispose();
        _batch?.Dispose();
        _extended?.Dispose();
        _small.Dispose();
    }
}
