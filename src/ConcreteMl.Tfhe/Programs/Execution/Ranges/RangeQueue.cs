namespace ConcreteMl.Tfhe.Programs;

/// <summary>The ranges of one layer: those that nobody has, those that are away, and how much is done. Pieces get smaller towards the end.</summary>
internal sealed class RangeQueue(long total, int parties)
{
    private readonly Lock _gate = new();
    private readonly Stack<(long First, int Count)> _returned = [];
    private readonly HashSet<(long First, int Count)> _away = [];
    private long _next;
    private long _done;
    private bool _isClosed;
    private TimeSpan _slowest;

    /// <summary>Ciphertexts that are computed.</summary>
    internal long Done => Interlocked.Read(ref _done);

    /// <summary>The longest that a range was away.</summary>
    internal TimeSpan Slowest
    {
        get
        {
            lock (_gate)
                return _slowest;
        }
    }

    /// <summary>Takes a range to compute it here.</summary>
    internal bool TryTake(int least, int most, out (long First, int Count) range)
    {
        lock (_gate)
            return TryNext(least, most, out range);
    }

    /// <summary>Takes a range for another machine, and reads its operands while nobody writes them.</summary>
    internal bool TrySend(int least, int most, Func<long, int, byte[]> read, out (long First, int Count) range, out byte[] operands)
    {
        operands = [];
        lock (_gate)
        {
            range = default;
            if (_isClosed || !TryNext(least, most, out range))
                return false;
            operands = read(range.First, range.Count);
            _away.Add(range);
            return true;
        }
    }

    /// <summary>Notes that ciphertexts are computed.</summary>
    internal void Finish(int count) => Interlocked.Add(ref _done, count);

    /// <summary>Writes another machine's results, unless the range was taken back meanwhile.</summary>
    internal void Deliver((long First, int Count) range, TimeSpan took, Action write)
    {
        lock (_gate)
        {
            if (!_away.Remove(range))
                return;
            write();
            Finish(range.Count);
            _slowest = took > _slowest ? took : _slowest;
        }
    }

    /// <summary>A range that is away comes back without results.</summary>
    internal void GiveBack((long First, int Count) range)
    {
        lock (_gate)
            if (_away.Remove(range))
                _returned.Push(range);
    }

    /// <summary>All that is away comes back, and nothing is sent any more; what others still compute is not waited for.</summary>
    internal void TakeBack()
    {
        lock (_gate)
        {
            _isClosed = true;
            foreach ((long First, int Count) range in _away)
                _returned.Push(range);
            _away.Clear();
        }
    }

    private bool TryNext(int least, int most, out (long First, int Count) range)
    {
        if (_returned.TryPop(out range))
            return true;
        long left = total - _next;
        int count = (int)Math.Min(left, Math.Clamp(left / (2 * parties), Math.Min(least, most), most));
        range = (_next, count);
        _next += count;
        return count > 0;
    }
}
