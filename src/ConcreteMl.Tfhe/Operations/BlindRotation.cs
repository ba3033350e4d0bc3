using System.Numerics;
using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>
/// Blind rotation under a lookup class, extended by nu, of a few ciphertexts in step: 2^nu accumulators each hold the
/// coefficients of one polynomial of size N * 2^nu by their index modulo 2^nu. Mask words are taken in order of their
/// 2-adic valuation, so that a word of valuation v costs 2^(nu - v) external products; within one valuation a key element is
/// fetched once and serves every ciphertext whose word has it. One instance per worker.
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
    private readonly MaskOrder _order;

    internal BlindRotation(LookupClassKey key, int capacity = 1)
    {
        _key = key;
        _rotator = key.Rotator;
        _nu = key.Lookup.Nu;
        _logSize = CenteredModulusSwitch.LogModulus(key.Big, key.Lookup) - 1;
        Capacity = Math.Min(
            capacity,
            RotationsInStep.CapacityHere(key.Big.GlweDimension, key.Big.PolynomialSize, key.Lookup.Bootstrap.Level, _nu)
        );
        _accumulators = new NativeBuffer<ulong>(((long)_rotator.AccumulatorLength << _nu) * Capacity);
        _body = new NativeBuffer<ulong>(key.Big.PolynomialSize);
        _scratch = new NativeBuffer<double>(_rotator.ScratchLength + _rotator.DigitsLength);
        _order = new MaskOrder(key.Lookup.SmallDimension, _nu, Capacity);
    }

    /// <summary>Most ciphertexts in step.</summary>
    internal int Capacity { get; }

    /// <summary>The layout of the accumulators.</summary>
    internal BlindRotator Rotated => _rotator;

    /// <summary>The accumulator that holds the last result of the first ciphertext.</summary>
    internal ulong* FirstAccumulator => Accumulator(0, 0);

    /// <summary>
    /// Rotates table <paramref name="table"/> by the phase of a ciphertext switched to 2N * 2^nu (n + 1 integers, body
    /// last) and extracts the constant coefficient to <paramref name="output"/> (kN + 1 words).
    /// </summary>
    internal void Run(ReadOnlySpan<int> switched, LookupTables tables, int table, Span<ulong> output, CancellationToken cancellation)
    {
        fixed (ulong* place = output)
            Run(switched, tables, [table], 1, place, cancellation);
    }

    /// <summary>
    /// The same for as many ciphertexts as <paramref name="tableOf"/> holds every <paramref name="each"/>-th table of, from its first on;
    /// their results are <paramref name="each"/> times kN + 1 words apart.
    /// </summary>
    internal void Run(
        ReadOnlySpan<int> switched,
        LookupTables tables,
        ReadOnlySpan<int> tableOf,
        int each,
        ulong* outputs,
        CancellationToken cancellation
    )
    {
        int size = _key.Lookup.SmallDimension + 1;
        int count = switched.Length / size;
        for (int i = 0; i < count; i++)
            Start(i, tables, tableOf[i * each], switched[i * size + size - 1]);
        int steps = _order.Sort(switched, count);
        for (int at = 0; at < steps; at++)
        {
            if (at % WordsPerCancellationCheck == 0)
                cancellation.ThrowIfCancellationRequested();
            int word = _order.Word(at);
            Step(switched[word..], size, _order.Serves(at), _key.Element(word), _key.Element(_order.Word(Math.Min(at + 1, steps - 1))));
        }
        for (int i = 0; i < count; i++)
            _rotator.Extract(Accumulator(i, 0), 0, new Span<ulong>(outputs + (long)i * each * _key.Big.LweSize, _key.Big.LweSize));
    }

    /// <summary>Frees the scratch.</summary>
    public void Dispose()
    {
        _accumulators.Dispose();
        _body.Dispose();
        _scratch.Dispose();
    }

    private ulong* Accumulator(int ciphertext, int index) =>
        _accumulators.Pointer + (((long)ciphertext << _nu) + index) * _rotator.AccumulatorLength;

    private void Start(int ciphertext, LookupTables tables, int table, int body)
    {
        int count = 1 << _nu;
        for (int j = 0; j < count; j++)
        {
            tables.FillRotated(table, _logSize, body, j, count, _body.Slice(0, _rotator.PolynomialSize));
            _rotator.SetTrivial(Accumulator(ciphertext, j), _body.Pointer);
        }
    }

    /// <summary>One key element for the ciphertexts that it serves now; the passes of the last one fetch the next element.</summary>
    private void Step(ReadOnlySpan<int> words, int stride, uint serves, double* element, double* next)
    {
        while (serves != 0)
        {
            int ciphertext = BitOperations.TrailingZeroCount(serves);
            serves &= serves - 1;
            Rotate(ciphertext, words[ciphertext * stride], element, serves == 0 ? next : element);
        }
    }

    /// <summary>
    /// One mask word: accumulator j takes the rotated old value of accumulator j - word (modulo 2^nu). The active ones form one cycle; walking it
    /// against the data flow leaves every old value alone until it was read, if the first accumulator waits with its digits until the end.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Rotate(int ciphertext, int word, double* element, double* next)
    {
        int last = (1 << _nu) - 1;
        int first = -word & last;
        double* digits = _scratch.Pointer;
        double* work = digits + _rotator.DigitsLength;
        double* held = work + _rotator.WorkLength;
        Decompose(ciphertext, 0, first, word, held, work);
        for (int own = first; own != 0; own = (own - word) & last)
        {
            Decompose(ciphertext, own, (own - word) & last, word, digits, work);
            _rotator.MultiplyAdd(Accumulator(ciphertext, own), digits, element, element, work);
        }
        _rotator.MultiplyAdd(Accumulator(ciphertext, 0), held, element, next, work);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Decompose(int ciphertext, int own, int from, int word, double* digits, double* work)
    {
        int rotation = ((word + from - own) >> _nu) & (2 * _rotator.PolynomialSize - 1);
        _rotator.Decompose(Accumulator(ciphertext, own), Accumulator(ciphertext, from), rotation, digits, work);
    }
}
