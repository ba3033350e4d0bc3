using System.Numerics;

namespace ConcreteMl.Tfhe;

/// <summary>
/// Wide lookups of one core: bits from the lowest on, selection of the entry, and a bootstrap that reads the selected code. Operands are
/// codes of p bits without anything below them; the padding bit above is read last, and negates the entry as it does in one rotation.
/// </summary>
internal sealed unsafe class WideBootstrap : IBootstrapWorker
{
    private const ulong Quarter = 1UL << 62;
    private readonly LookupClassKey _key;
    private readonly WideLookup _wide;
    private readonly int _capacity;
    private readonly IKeySwitcher _keySwitcher;
    private readonly BatchRotation _batch;
    private readonly BlindRotation? _extended;
    private readonly NativeBuffer<ulong> _rest;
    private readonly NativeBuffer<ulong> _raised;
    private readonly NativeBuffer<ulong> _small;
    private readonly NativeBuffer<ulong> _results;
    private readonly int[] _switched;
    private NativeBuffer<ulong>? _digits;
    private WideSelection? _selection;
    private int _bits;

    internal WideBootstrap(LookupClassKey key, int capacity)
    {
        _key = key;
        _wide = key.Lookup.Wide!;
        _capacity = capacity;
        _keySwitcher = key.KeySwitch.Open(capacity);
        _batch = new BatchRotation(key, capacity);
        _extended = key.Lookup.Nu == 0 ? null : new BlindRotation(key);
        _rest = new NativeBuffer<ulong>((long)LweSize * capacity);
        _raised = new NativeBuffer<ulong>((long)LweSize * capacity);
        _small = new NativeBuffer<ulong>((long)SmallSize * capacity);
        _results = new NativeBuffer<ulong>((long)LweSize * capacity * _wide.ResultsPerBit);
        _switched = new int[SmallSize * capacity];
    }

    private int LweSize => _key.Big.LweSize;

    private int SmallSize => _key.Lookup.SmallDimension + 1;

    private int Levels => _wide.Selector.Level;

    /// <inheritdoc/>
    public void Run(ulong* inputs, LookupTables tables, ReadOnlySpan<int> tableOf, int each, ulong* outputs, CancellationToken cancellation)
    {
        int count = tableOf.Length / each;
        Open(tables.InputBits(tableOf[0]));
        Extract(inputs, count, null, default, cancellation);
        for (int i = 0; i < count; i++)
        {
            for (int bit = 0; bit < _bits; bit++)
                _selection!.SetBit(bit, Digits(i, bit));
            for (int at = 0; at < each; at++)
            {
                cancellation.ThrowIfCancellationRequested();
                int table = tableOf[i * each + at];
                Span<ulong> output = new(outputs + ((long)i * each + at) * LweSize, LweSize);
                EntryGrid grid = tables.Grid(table);
                _selection!.Run(tables.Outputs(table), grid, output);
                AddPadding(i, output);
                Refresh(grid, output, cancellation);
            }
        }
    }

    /// <summary>
    /// The codes of <paramref name="bits"/> bits, the padding bit above them, that inputs are read as, decrypted with the class's small key.
    /// </summary>
    internal void Read(ulong* inputs, int bits, BinarySecret small, Span<int> codes)
    {
        Open(bits);
        codes.Clear();
        Extract(inputs, codes.Length, small, codes, CancellationToken.None);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _keySwitcher.Dispose();
        _batch.Dispose();
        _extended?.Dispose();
        _rest.Dispose();
        _raised.Dispose();
        _small.Dispose();
        _results.Dispose();
        _digits?.Dispose();
        _selection?.Dispose();
    }

    private ulong* Digits(int input, int bit) => _digits!.Pointer + ((long)input * _bits + bit) * Levels * LweSize;

    private void Open(int bits)
    {
        if (bits == _bits)
            return;
        _digits?.Dispose();
        _selection?.Dispose();
        _bits = bits;
        _digits = new NativeBuffer<ulong>((long)_capacity * bits * Levels * LweSize, zeroed: false);
        _selection = new WideSelection(_key.Big, _key.Wide!, bits);
    }

    /// <summary>Every bit's digits and the padding bit, and with a key the bits themselves.</summary>
    private void Extract(ulong* inputs, int count, BinarySecret? small, Span<int> codes, CancellationToken cancellation)
    {
        new ReadOnlySpan<ulong>(inputs, LweSize * count).CopyTo(_rest.Slice(0, LweSize * count));
        for (int bit = 0; bit <= _bits; bit++)
        {
            for (int word = 0; word < LweSize * count; word++)
                _raised.Pointer[word] = _rest.Pointer[word] << (_bits - bit);
            for (int i = 0; i < count; i++)
                _raised.Pointer[(long)(i + 1) * LweSize - 1] += Quarter;
            SwitchForBits(count);
            for (int i = 0; small is not null && i < count; i++)
                codes[i] |= TopBit(small, _switched.AsSpan(i * SmallSize, SmallSize)) << bit;
            RotateBits(bit, count, cancellation);
        }
    }

    private void SwitchForBits(int count)
    {
        int spread = LookupTables.LogSpread(_wide.ResultsPerBit);
        _keySwitcher.Switch(_raised.Pointer, count, _small.Pointer);
        for (int i = 0; i < count; i++)
        {
            Span<int> words = _switched.AsSpan(i * SmallSize, SmallSize);
            CenteredModulusSwitch.Switch(_small.Slice((long)i * SmallSize, SmallSize), _wide.LogModulus(_key.Big), words);
            foreach (ref int word in words)
                word <<= spread;
        }
    }

    /// <summary>Signs give half of each constant or its negation; with the half added, the bit times the constant.</summary>
    private void RotateBits(int bit, int count, CancellationToken cancellation)
    {
        int each = _wide.ResultsPerBit;
        ulong[] halves = [1UL << (62 - _bits + bit), .. Enumerable.Range(1, Levels).Select(level => _wide.Selector.Factor(level) >> 1)];
        LookupTables signs = new();
        foreach (ulong half in halves)
            signs.AddConstant(0 - half);
        int[] numbers = [.. Enumerable.Range(0, each * _batch.Capacity).Select(i => i % each)];
        for (int first = 0; first < count; first += _batch.Capacity)
        {
            int length = Math.Min(_batch.Capacity, count - first);
            ReadOnlySpan<int> words = _switched.AsSpan(first * SmallSize, length * SmallSize);
            ulong* place = _results.Pointer + (long)first * each * LweSize;
            _batch.Run(words, signs, numbers.AsSpan(0, length * each), each, place, cancellation);
        }
        for (int i = 0; i < count; i++)
        {
            ulong* own = _results.Pointer + (long)i * each * LweSize;
            for (int at = 0; at < each; at++)
                own[(long)(at + 1) * LweSize - 1] += halves[at];
            ulong* rest = _rest.Pointer + (long)i * LweSize;
            for (int word = 0; word < LweSize; word++)
                rest[word] -= own[word];
            if (bit < _bits)
                new ReadOnlySpan<ulong>(own + LweSize, Levels * LweSize).CopyTo(new Span<ulong>(Digits(i, bit), Levels * LweSize));
        }
    }

    /// <summary>The last bit taken was the padding's, at its own place, where it turns a rotation by half: the entry's sign.</summary>
    private void AddPadding(int input, Span<ulong> selected)
    {
        ulong* padding = _results.Pointer + (long)input * _wide.ResultsPerBit * LweSize;
        for (int word = 0; word < LweSize; word++)
            selected[word] += padding[word];
    }

    /// <summary>Reads the selected code, whose noise is that of the selection, by a bootstrap that returns its entry.</summary>
    private void Refresh(EntryGrid grid, Span<ulong> selected, CancellationToken cancellation)
    {
        LookupTables entries = new();
        entries.Add(grid.Entries());
        fixed (ulong* words = selected)
        {
            _keySwitcher.Switch(words, 1, _small.Pointer);
            Span<int> switched = _switched.AsSpan(0, SmallSize);
            CenteredModulusSwitch.Switch(_small.Slice(0, SmallSize), _key.Big, _key.Lookup, switched);
            if (_extended is null)
                _batch.Run(switched, entries, [0], words, cancellation);
            else
                _extended.Run(switched, entries, 0, selected, cancellation);
        }
    }

    private static int TopBit(BinarySecret key, ReadOnlySpan<int> switched, int logModulus)
    {
        ulong phase = (ulong)switched[^1];
        for (int i = 0; i < switched.Length - 1; i++)
            phase -= (ulong)switched[i] & key.Masks[i];
        return (int)(phase >> (logModulus - 1)) & 1;
    }

    private int TopBit(BinarySecret key, ReadOnlySpan<int> switched) =>
        TopBit(key, switched, BitOperations.Log2((uint)_key.Big.PolynomialSize) + 1);
}
