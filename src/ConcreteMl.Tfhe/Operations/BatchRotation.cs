using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>
/// Ordinary blind rotation (nu = 0) of several ciphertexts in step: each key element is fetched once and serves all of
/// them while it is in cache. One instance per worker.
/// </summary>
internal sealed unsafe class BatchRotation : IDisposable
{
    private const int WordsPerCancellationCheck = 16;
    private const int Largest = 8;
    private const long AccumulatorBytes = 512 << 10;
    private readonly LookupClassKey _key;
    private readonly BlindRotator _rotator;
    private readonly NativeBuffer<ulong> _accumulators;
    private readonly NativeBuffer<ulong> _body;
    private readonly NativeBuffer<double> _scratch;

    internal BatchRotation(LookupClassKey key, int capacity)
    {
        _key = key;
        _rotator = key.Rotator;
        Capacity = Math.Min(capacity, BestCapacity(_rotator));
        _accumulators = new NativeBuffer<ulong>((long)_rotator.AccumulatorLength * Capacity);
        _body = new NativeBuffer<ulong>(key.Big.PolynomialSize);
        _scratch = new NativeBuffer<double>(_rotator.ScratchLength);
    }

    /// <summary>Most ciphertexts in step.</summary>
    internal int Capacity { get; }

    /// <summary>
    /// Rotates one table per ciphertext by its phase. <paramref name="switched"/> holds n + 1 integers modulo 2N a
    /// ciphertext, <paramref name="outputs"/> gets kN + 1 words each.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Run(
        ReadOnlySpan<int> switched,
        LookupTables tables,
        ReadOnlySpan<int> tableOf,
        ulong* outputs,
        CancellationToken cancellation
    )
    {
        int n = _key.Lookup.SmallDimension;
        int size = _key.Big.PolynomialSize;
        for (int i = 0; i < tableOf.Length; i++)
        {
            int rotation = switched[i * (n + 1) + n];
            tables.FillRotated(tableOf[i], int.Log2(size), rotation, 0, 1, _body.Slice(0, size));
            _rotator.SetTrivial(Accumulator(i), _body.Pointer);
        }
        for (int word = 0; word < n; word++)
        {
            if (word % WordsPerCancellationCheck == 0)
                cancellation.ThrowIfCancellationRequested();
            double* element = _key.Element(word);
            for (int i = 0; i < tableOf.Length; i++)
            {
                int rotation = switched[i * (n + 1) + word];
                // the last ciphertext's passes fetch the next element, the others' touch this one again
                double* next = i == tableOf.Length - 1 && word + 1 < n ? _key.Element(word + 1) : element;
                if (rotation != 0)
                    _rotator.AddExternalProduct(Accumulator(i), Accumulator(i), rotation, element, next, _scratch.Pointer);
            }
        }
        for (int i = 0; i < tableOf.Length; i++)
            _rotator.ExtractFirst(Accumulator(i), new Span<ulong>(outputs + (long)i * _key.Big.LweSize, _key.Big.LweSize));
    }

    /// <summary>Frees the scratch.</summary>
    public void Dispose()
    {
        _accumulators.Dispose();
        _body.Dispose();
        _scratch.Dispose();
    }

    private static int BestCapacity(BlindRotator rotator) =>
        (int)Math.Clamp(AccumulatorBytes / (rotator.AccumulatorLength * sizeof(ulong)), 2, Largest);

    private ulong* Accumulator(int index) => _accumulators.Pointer + (long)index * _rotator.AccumulatorLength;
}
