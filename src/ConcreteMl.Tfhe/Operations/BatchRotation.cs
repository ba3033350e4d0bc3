using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>
/// Ordinary blind rotation (nu = 0) of several ciphertexts in step: each key element is fetched once and serves all of
/// them while it is in cache. One instance per worker.
/// </summary>
internal sealed unsafe class BatchRotation : IDisposable
{
    private const int WordsPerCancellationCheck = 16;
    private readonly LookupClassKey _key;
    private readonly BlindRotator _rotator;
    private readonly NativeBuffer<ulong> _accumulators;
    private readonly NativeBuffer<ulong> _body;
    private readonly NativeBuffer<double> _scratch;

    internal BatchRotation(LookupClassKey key, int capacity)
    {
        _key = key;
        _rotator = key.Rotator;
        Capacity = Math.Min(
            capacity,
            RotationsInStep.Capacity(key.Big.GlweDimension, key.Big.PolynomialSize, key.Lookup.Bootstrap.Level, 0, key.Lookup.WordsPerStep)
        );
        _accumulators = new NativeBuffer<ulong>((long)_rotator.AccumulatorLength * Capacity);
        _body = new NativeBuffer<ulong>(key.Big.PolynomialSize);
        _scratch = new NativeBuffer<double>(key.Lookup.WordsPerStep == 1 ? _rotator.ScratchLength : _rotator.PairScratchLength);
    }

    /// <summary>Most ciphertexts in step.</summary>
    internal int Capacity { get; }

    /// <summary>
    /// Rotates one table per ciphertext by its phase. <paramref name="switched"/> holds n + 1 integers modulo 2N a
    /// ciphertext, <paramref name="outputs"/> gets kN + 1 words each.
    /// </summary>
    internal void Run(
        ReadOnlySpan<int> switched,
        LookupTables tables,
        ReadOnlySpan<int> tableOf,
        ulong* outputs,
        CancellationToken cancellation
    ) => Run(switched, tables, tableOf, 1, outputs, cancellation);

    /// <summary>
    /// The same with <paramref name="each"/> tables per ciphertext, interleaved in one polynomial: with each up to 2^t, all
    /// switched words are multiples of 2^t and the results are the coefficients from 0 on, kN + 1 words each.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Run(
        ReadOnlySpan<int> switched,
        LookupTables tables,
        ReadOnlySpan<int> tableOf,
        int each,
        ulong* outputs,
        CancellationToken cancellation
    )
    {
        int n = _key.Lookup.SmallDimension;
        int count = tableOf.Length / each;
        for (int i = 0; i < count; i++)
        {
            tables.FillInterleaved(tableOf.Slice(i * each, each), switched[i * (n + 1) + n], _body.Slice(0, _key.Big.PolynomialSize));
            _rotator.SetTrivial(Accumulator(i), _body.Pointer);
        }
        for (int word = 0; word < n; word += _key.Lookup.WordsPerStep)
        {
            if (word % WordsPerCancellationCheck == 0)
                cancellation.ThrowIfCancellationRequested();
            if (_key.Lookup.WordsPerStep == 1)
                Word(switched, word, count);
            else
                Pair(switched, word, count);
        }
        for (int i = 0; i < tableOf.Length; i++)
            _rotator.Extract(Accumulator(i / each), i % each, new Span<ulong>(outputs + (long)i * _key.Big.LweSize, _key.Big.LweSize));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Word(ReadOnlySpan<int> switched, int word, int count)
    {
        int n = _key.Lookup.SmallDimension;
        double* element = _key.Element(word);
        for (int i = 0; i < count; i++)
        {
            int rotation = switched[i * (n + 1) + word];
            // the last ciphertext's passes fetch the next element, the others' touch this one again
            double* next = i == count - 1 && word + 1 < n ? _key.Element(word + 1) : element;
            if (rotation != 0)
                _rotator.AddExternalProduct(Accumulator(i), Accumulator(i), rotation, element, next, _scratch.Pointer);
        }
    }

    /// <summary>Words <paramref name="word"/> and the next; each ciphertext fetches its share of the next pair's elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pair(ReadOnlySpan<int> switched, int word, int count)
    {
        int n = _key.Lookup.SmallDimension;
        double* elements = _key.Pair(word / 2);
        double* ahead = word + 2 < n ? _key.Pair(word / 2 + 1) : elements;
        long share = _rotator.PairLength / count;
        for (int i = 0; i < count; i++, ahead += share)
        {
            int first = switched[i * (n + 1) + word];
            int second = switched[i * (n + 1) + word + 1];
            if ((first | second) != 0)
                _rotator.AddPairProduct(Accumulator(i), first, second, elements, ahead, share, _scratch.Pointer);
        }
    }

    /// <summary>Frees the scratch.</summary>
    public void Dispose()
    {
        _accumulators.Dispose();
        _body.Dispose();
        _scratch.Dispose();
    }

    /// <summary>The accumulator that holds the last result of the first ciphertext.</summary>
    internal ulong* FirstAccumulator => Accumulator(0);

    private ulong* Accumulator(int index) => _accumulators.Pointer + (long)index * _rotator.AccumulatorLength;
}
