using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>
/// Blind rotation of one ciphertext at a time under a lookup class, extended by nu: 2^nu accumulators hold the
/// coefficients of one polynomial of size N * 2^nu by their index modulo 2^nu. Mask words are taken in order of their
/// 2-adic valuation, so that a word of valuation v costs 2^(nu - v) external products. One instance per worker.
/// </summary>
internal sealed unsafe class BlindRotation : IDisposable
{
    private const int WordsPerCancellationCheck = 16;
    private readonly LookupClassKey _key;
    private readonly BlindRotator _rotator;
    private readonly int _nu;
    private readonly int _logSize;
    private readonly NativeBuffer<ulong> _accumulators;
    private readonly NativeBuffer<ulong> _body;
    private readonly NativeBuffer<double> _scratch;
    private readonly int[] _order;

    internal BlindRotation(LookupClassKey key)
    {
        _key = key;
        _rotator = key.Rotator;
        _nu = key.Lookup.Nu;
        _logSize = CenteredModulusSwitch.LogModulus(key.Big, key.Lookup) - 1;
        // one more than the extension: a cycle of rotations needs the first accumulator's old value at its end
        _accumulators = new NativeBuffer<ulong>((long)_rotator.AccumulatorLength * ((1 << _nu) + 1));
        _body = new NativeBuffer<ulong>(key.Big.PolynomialSize);
        _scratch = new NativeBuffer<double>(_rotator.ScratchLength);
        _order = new int[key.Lookup.SmallDimension];
    }

    /// <summary>The layout of the accumulators.</summary>
    internal BlindRotator Rotated => _rotator;

    /// <summary>The accumulator that holds the last result.</summary>
    internal ulong* FirstAccumulator => Accumulator(0);

    /// <summary>
    /// Rotates table <paramref name="table"/> by the phase of a ciphertext switched to 2N * 2^nu (n + 1 integers, body
    /// last) and extracts the constant coefficient to <paramref name="output"/> (kN + 1 words).
    /// </summary>
    internal void Run(ReadOnlySpan<int> switched, LookupTables tables, int table, Span<ulong> output, CancellationToken cancellation)
    {
        int n = switched.Length - 1;
        int count = 1 << _nu;
        for (int j = 0; j < count; j++)
        {
            tables.FillRotated(table, _logSize, switched[n], j, count, _body.Slice(0, _rotator.PolynomialSize));
            _rotator.SetTrivial(Accumulator(j), _body.Pointer);
        }
        int active = MaskOrder.Sort(switched[..n], _nu, _order);
        for (int at = 0; at < active; at++)
        {
            if (at % WordsPerCancellationCheck == 0)
                cancellation.ThrowIfCancellationRequested();
            double* next = _key.Element(_order[Math.Min(at + 1, active - 1)]);
            Rotate(switched[_order[at]], _key.Element(_order[at]), next);
        }
        _rotator.Extract(Accumulator(0), 0, output);
    }

    /// <summary>Frees the scratch.</summary>
    public void Dispose()
    {
        _accumulators.Dispose();
        _body.Dispose();
        _scratch.Dispose();
    }

    private ulong* Accumulator(int index) => _accumulators.Pointer + (long)index * _rotator.AccumulatorLength;

    /// <summary>
    /// One mask word: accumulator j takes the rotated old value of accumulator j - word (modulo 2^nu). The active ones
    /// form one cycle; walking it against the data flow leaves every old value alone until it was read.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Rotate(int word, double* element, double* next)
    {
        int count = 1 << _nu;
        int products = count >> Math.Min(int.TrailingZeroCount(word), _nu);
        ulong* spare = Accumulator(count);
        if (products > 1)
            new ReadOnlySpan<ulong>(Accumulator(0), _rotator.AccumulatorLength).CopyTo(new Span<ulong>(spare, _rotator.AccumulatorLength));
        int own = 0;
        for (int step = 1; step <= products; step++)
        {
            int from = (own - word) & (count - 1);
            int rotation = (word + from - own) >> _nu;
            ulong* source = step == products && products > 1 ? spare : Accumulator(from);
            _rotator.AddExternalProduct(
                Accumulator(own),
                source,
                rotation & (2 * _rotator.PolynomialSize - 1),
                element,
                next,
                _scratch.Pointer
            );
            own = from;
        }
    }
}
