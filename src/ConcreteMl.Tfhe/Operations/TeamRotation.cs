using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>
/// Extended blind rotation (nu > 0) of one ciphertext by a team of threads: the products of a mask word are shared out.
/// All digits are taken before any accumulator changes, so a word is two steps with a barrier after each.
/// </summary>
internal sealed unsafe class TeamRotation : IDisposable
{
    private const int WordsPerCancellationCheck = 16;

    // with fewer, barriers and the accumulators' way between cores take what the second core gains
    private const double LeastProducts = 4.0;
    private readonly LookupClassKey _key;
    private readonly BlindRotator _rotator;
    private readonly int _members;
    private readonly int _nu;
    private readonly int _logSize;
    private readonly SpinBarrier _barrier;
    private readonly NativeBuffer<ulong> _accumulators;
    private readonly NativeBuffer<ulong> _body;
    private readonly NativeBuffer<double> _digits;
    private readonly NativeBuffer<double> _work;
    private readonly MaskOrder _order;
    private volatile bool _cancelled;

    internal TeamRotation(LookupClassKey key, int members)
    {
        _key = key;
        _rotator = key.Rotator;
        _nu = key.Lookup.Nu;
        _members = Math.Min(members, 1 << _nu);
        _logSize = CenteredModulusSwitch.LogModulus(key.Big, key.Lookup) - 1;
        _barrier = new SpinBarrier(_members);
        _accumulators = new NativeBuffer<ulong>((long)_rotator.AccumulatorLength << _nu);
        _body = new NativeBuffer<ulong>(key.Big.PolynomialSize);
        _digits = new NativeBuffer<double>(_rotator.DigitsLength << _nu);
        _work = new NativeBuffer<double>(_rotator.WorkLength * _members);
        _order = new MaskOrder(key.Lookup.SmallDimension, _nu, 1);
    }

    /// <summary>Whether a word has so many products that a team is faster than one thread.</summary>
    internal static bool Pays(LookupClassParameters lookup) =>
        lookup.Wide is null && ModulusSwitchGrade.ProductsPerWord(lookup.Nu, lookup.Grade) >= LeastProducts;

    /// <summary>Does what <see cref="BlindRotation"/> does.</summary>
    internal void Run(int[] switched, LookupTables tables, int table, Span<ulong> output, CancellationToken cancellation)
    {
        int n = switched.Length - 1;
        int count = 1 << _nu;
        for (int j = 0; j < count; j++)
        {
            tables.FillRotated(table, _logSize, switched[n], j, count, _body.Slice(0, _rotator.PolynomialSize));
            _rotator.SetTrivial(Accumulator(j), _body.Pointer);
        }
        int active = _order.Sort(switched, 1);
        _cancelled = false;
        Thread[] others = [.. Enumerable.Range(1, _members - 1).Select(member => Start(member, switched, active, cancellation))];
        RunMember(0, switched, active, cancellation);
        foreach (Thread other in others)
            other.Join();
        cancellation.ThrowIfCancellationRequested();
        _rotator.Extract(Accumulator(0), 0, output);
    }

    /// <summary>Frees the scratch.</summary>
    public void Dispose()
    {
        _accumulators.Dispose();
        _body.Dispose();
        _digits.Dispose();
        _work.Dispose();
    }

    private ulong* Accumulator(int index) => _accumulators.Pointer + (long)index * _rotator.AccumulatorLength;

    private Thread Start(int member, int[] switched, int active, CancellationToken cancellation)
    {
        Thread thread = new(() => RunMember(member, switched, active, cancellation)) { IsBackground = true };
        thread.Start();
        return thread;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunMember(int member, int[] switched, int active, CancellationToken cancellation)
    {
        double* work = _work.Pointer + member * _rotator.WorkLength;
        for (int at = 0; at < active; at++)
        {
            // one member decides for all, and all hear of it at the same barrier
            if (member == 0 && at % WordsPerCancellationCheck == 0 && cancellation.IsCancellationRequested)
                _cancelled = true;
            int word = switched[_order.Word(at)];
            int step = 1 << Math.Min(int.TrailingZeroCount(word), _nu);
            for (int own = member * step; own < 1 << _nu; own += _members * step)
                Decompose(own, word, work);
            _barrier.Wait();
            if (_cancelled)
                return;
            double* element = _key.Element(_order.Word(at));
            double* next = _key.Element(_order.Word(Math.Min(at + 1, active - 1)));
            for (int own = member * step; own < 1 << _nu; own += _members * step)
                _rotator.MultiplyAdd(Accumulator(own), Digits(own), element, next, work);
            _barrier.Wait();
        }
    }

    private double* Digits(int own) => _digits.Pointer + own * _rotator.DigitsLength;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Decompose(int own, int word, double* work)
    {
        int from = (own - word) & ((1 << _nu) - 1);
        int rotation = (word + from - own) >> _nu;
        _rotator.Decompose(Accumulator(own), Accumulator(from), rotation & (2 * _rotator.PolynomialSize - 1), Digits(own), work);
    }
}
