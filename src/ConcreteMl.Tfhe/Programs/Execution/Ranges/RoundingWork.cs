namespace ConcreteMl.Tfhe.Programs;

/// <summary>An exact rounding, range by range: its first operand is centred, the others are its residues.</summary>
internal sealed unsafe class RoundingWork : RangeWork
{
    private readonly DigitExtraction _extraction;
    private readonly DigitPlace[] _digits;
    private readonly int _residues;
    private readonly NativeBuffer<ulong> _scratch;
    private readonly NativeBuffer<ulong> _removed;

    internal RoundingWork(TfheProgram program, RoundExact rounding, EvaluationKey key, RowWork work)
        : base(key, work)
    {
        _extraction = new DigitExtraction(program.Values[rounding.Operand].Bits, rounding.Drop);
        _digits = [.. DigitExtraction.Places(rounding)];
        _residues = rounding.Residues.Length;
        _scratch = new NativeBuffer<ulong>((long)Most * LaneWords);
        _removed = new NativeBuffer<ulong>(_residues == 0 ? 1 : (long)Most * LaneWords);
    }

    /// <summary>Told of every part that was bootstrapped: its digit, whether it is the sign, the first ciphertext, the parts.</summary>
    internal RoundingWatch? Watch { get; init; }

    internal override void Run(long first, int count, ulong*[] operands, ulong* results)
    {
        long words = (long)count * LaneWords;
        if (results != operands[0])
            new Span<ulong>(operands[0], (int)words).CopyTo(new Span<ulong>(results, (int)words));
        if (_residues > 0)
            _removed.Slice(0, (int)words).Clear();
        foreach (DigitPlace digit in _digits)
        {
            bool isOwn = digit.Highest >= _residues;
            ulong* read = isOwn ? results : operands[1 + digit.Highest];
            foreach (bool isSign in digit.Parts)
            {
                Raise(digit, isSign, read, isOwn ? null : _removed.Pointer, count, _scratch.Pointer);
                Extract(digit, isSign, count, _scratch.Pointer);
                Subtract(_scratch.Pointer, results, count);
                if (!isOwn)
                    Add(_scratch.Pointer, _removed.Pointer, count);
                Watch?.Invoke(digit, isSign, first, _scratch.Slice(0, (int)words));
            }
        }
    }

    public override void Dispose()
    {
        _scratch.Dispose();
        _removed.Dispose();
    }

    /// <summary>
    /// Raises a digit of <paramref name="read"/>, less the bits <paramref name="removed"/> already, to the top; for its sign, moved
    /// by half a step.
    /// </summary>
    private void Raise(DigitPlace digit, bool isSign, ulong* read, ulong* removed, int count, ulong* raised)
    {
        int laneWords = LaneWords;
        int raise = _extraction.Raise(digit);
        // the operand itself was centred before
        ulong offset = (removed is null ? 0 : _extraction.Centring << raise) + (isSign ? DigitExtraction.HalfStep(digit) : 0);
        Work.Run(
            count,
            laneWords,
            (from, to) =>
            {
                for (long word = from * laneWords; word < to * laneWords; word++)
                    raised[word] = (removed is null ? read[word] : read[word] - removed[word]) << raise;
                for (long one = from; one < to; one++)
                    raised[(one + 1) * laneWords - 1] += offset;
            }
        );
    }

    /// <summary>Bootstraps raised digits; <paramref name="words"/> become the digit's part in its own place.</summary>
    private void Extract(DigitPlace digit, bool isSign, int count, ulong* words)
    {
        LookupTables table = new();
        if (isSign)
            table.AddConstant(0 - _extraction.HalfHighest(digit));
        else
            table.Add(_extraction.LowerBits(digit));
        Bootstrap(digit.Class, words, count, table, [0], words);
        if (isSign)
            for (long one = 0; one < count; one++)
                words[(one + 1) * LaneWords - 1] += _extraction.HalfHighest(digit);
    }

    private void Add(ulong* source, ulong* target, int count) =>
        OnWords(
            count,
            (from, to) =>
            {
                for (long word = from; word < to; word++)
                    target[word] += source[word];
            }
        );

    private void Subtract(ulong* source, ulong* target, int count) =>
        OnWords(
            count,
            (from, to) =>
            {
                for (long word = from; word < to; word++)
                    target[word] -= source[word];
            }
        );

    private void OnWords(int count, Action<long, long> visit)
    {
        int laneWords = LaneWords;
        Work.Run(count, laneWords, (from, to) => visit(from * laneWords, to * laneWords));
    }
}
