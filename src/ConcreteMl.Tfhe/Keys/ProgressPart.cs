namespace ConcreteMl.Tfhe;

/// <summary>Maps the steps of one part of a long job to the part's share of the whole.</summary>
internal sealed class ProgressPart : IProgress<double>
{
    private readonly IProgress<double>? _whole;
    private readonly double _start;
    private readonly double _end;
    private long _done;

    /// <summary>Part <paramref name="index"/> of <paramref name="count"/> equal ones.</summary>
    internal ProgressPart(IProgress<double>? whole, int index, int count)
        : this(whole, (double)index / count, (index + 1.0) / count) { }

    private ProgressPart(IProgress<double>? whole, double start, double end)
    {
        _whole = whole;
        _start = start;
        _end = end;
    }

    /// <summary>The part from <paramref name="start"/> to <paramref name="end"/>, or null when nobody listens.</summary>
    internal static IProgress<double>? Of(IProgress<double>? whole, double start, double end) =>
        whole is null ? null : new ProgressPart(whole, start, end);

    /// <inheritdoc/>
    public void Report(double value) => _whole?.Report(_start + value * (_end - _start));

    /// <summary>Counts one step of <paramref name="total"/>, from any thread; reports about a hundred times.</summary>
    internal void Step(long total)
    {
        long done = Interlocked.Increment(ref _done);
        if (_whole is not null && (done == total || done % Math.Max(1, total / 100) == 0))
            Report((double)done / total);
    }
}
