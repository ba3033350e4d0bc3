namespace ConcreteMl.Tfhe;

/// <summary>Maps the steps of one part of a long job to the part's share of the whole.</summary>
internal sealed class ProgressPart
{
    private readonly IProgress<double>? _whole;
    private readonly double _start;
    private readonly double _end;
    private long _done;

    /// <summary>Part <paramref name="index"/> of <paramref name="count"/> equal ones.</summary>
    internal ProgressPart(IProgress<double>? whole, int index, int count)
    {
        _whole = whole;
        _start = (double)index / count;
        _end = (index + 1.0) / count;
    }

    /// <summary>Counts one step of <paramref name="total"/>, from any thread; reports about a hundred times.</summary>
    internal void Step(long total)
    {
        long done = Interlocked.Increment(ref _done);
        if (_whole is not null && (done == total || done % Math.Max(1, total / 100) == 0))
            _whole.Report(_start + (_end - _start) * done / total);
    }
}
