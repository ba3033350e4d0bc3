namespace ConcreteMl.Tfhe;

/// <summary>Bootstraps that read an operand by one blind rotation.</summary>
internal sealed unsafe class BootstrapWorker : IBootstrapWorker
{
    private readonly LookupClassKey _key;
    private readonly IKeySwitcher _keySwitcher;
    private readonly BatchRotation? _batch;
    private readonly BlindRotation? _extended;
    private readonly NativeBuffer<ulong> _small;
    private readonly int[] _switched;

    private BootstrapWorker(LookupClassKey key, int capacity)
    {
        _key = key;
        _keySwitcher = key.KeySwitch.Open(capacity);
        if (key.Lookup.Nu == 0)
            _batch = new BatchRotation(key, capacity);
        else
            _extended = new BlindRotation(key, capacity);
        int size = key.Lookup.SmallDimension + 1;
        _small = new NativeBuffer<ulong>((long)size * capacity);
        _switched = new int[size * capacity];
    }

    /// <summary>A worker for chunks of up to <paramref name="capacity"/> lookups of a class.</summary>
    internal static IBootstrapWorker Of(LookupClassKey key, int capacity) =>
        key.Lookup.Wide is null ? new BootstrapWorker(key, capacity) : new WideBootstrap(key, capacity);

    /// <inheritdoc/>
    public void Run(ulong* inputs, LookupTables tables, ReadOnlySpan<int> tableOf, int each, ulong* outputs, CancellationToken cancellation)
    {
        int count = tableOf.Length / each;
        int smallSize = _key.Lookup.SmallDimension + 1;
        int bigSize = _key.Big.LweSize;
        _keySwitcher.Switch(inputs, count, _small.Pointer);
        for (int i = 0; i < count; i++)
            SwitchModulus(_small.Slice((long)i * smallSize, smallSize), each, _switched.AsSpan(i * smallSize, smallSize));
        int capacity = _batch?.Capacity ?? _extended!.Capacity;
        // of nearly equal size: a small rest would fetch the key for itself
        int steps = (count + capacity - 1) / capacity;
        for (int step = 0; step < steps; step++)
        {
            int first = step * count / steps;
            int length = (step + 1) * count / steps - first;
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

    /// <inheritdoc/>
    public void Dispose()
    {
        _keySwitcher.Dispose();
        _batch?.Dispose();
        _extended?.Dispose();
        _small.Dispose();
    }
}
