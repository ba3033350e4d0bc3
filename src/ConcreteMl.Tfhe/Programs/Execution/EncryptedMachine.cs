namespace ConcreteMl.Tfhe.Programs;

/// <summary>Runs on ciphertexts; needs no secret. An observer with the client key may look over its shoulder.</summary>
internal sealed unsafe class EncryptedMachine : Machine
{
    // large enough that every core has work for many bootstraps, small enough for progress and a bounded copy
    private const int BatchPerThread = 256;
    private readonly EvaluationKey _key;
    private readonly ProgressMeter _meter;
    private readonly LookupObserver? _observer;

    internal EncryptedMachine(ProgramPlan plan, int lanes, EvaluationKey key, RowWork work, ProgressMeter meter, LookupObserver? observer)
        : base(plan, lanes, key.Parameters.BigKey.LweSize, work)
    {
        _key = key;
        _meter = meter;
        _observer = observer;
    }

    protected override RowTensor LookUp(int index, Lookup instruction)
    {
        RowTensor tensor = Writable(instruction.Operand, index);
        LookupPlan lookup = Plan.Lookup(index);
        AddToBodies(tensor, _ => LookupPhase.Half);
        _observer?.BeforeLookup(_key, lookup, tensor, 1);
        LookupTables tables = new();
        for (int table = 0; table < lookup.Tables; table++)
            tables.Add(lookup.Words(table));
        InBatches(
            tensor,
            index,
            (first, count) =>
            {
                int[] tableOf = lookup.IsUniform ? [lookup.TableOf(0)] : new int[count];
                if (!lookup.IsUniform)
                    for (int i = 0; i < count; i++)
                        tableOf[i] = lookup.TableOf((int)((first + i) / Lanes));
                ulong* words = tensor.Pointer + first * LaneWords;
                Bootstrap(lookup.Class, words, count, tables, tableOf);
            }
        );
        _observer?.AfterLookup(index, tensor);
        return tensor;
    }

    protected override RowTensor[] LookUpMany(int index, LookupMany instruction)
    {
        LookupPlan[] lookups = Plan.Lookups(index);
        using RowTensor operand = Writable(instruction.Operands[0], index);
        AddToBodies(operand, _ => LookupPhase.Half);
        _observer?.BeforeLookup(_key, lookups[0], operand, lookups.Length);
        TableNumbers numbers = new(lookups, Lanes);
        RowTensor[] results = [.. instruction.Results.Select(Allocate)];
        using NativeBuffer<ulong> scratch = new(Math.Min(BatchSize, (long)operand.Count * Lanes) * lookups.Length * LaneWords);
        InBatches(
            operand,
            index,
            (first, count) =>
            {
                Bootstrapper.RunMany(
                    _key.Classes[lookups[0].Class],
                    operand.Pointer + first * LaneWords,
                    count,
                    numbers.Tables,
                    numbers.Of(first, count),
                    lookups.Length,
                    scratch.Pointer,
                    Work.Threads,
                    Work.Cancellation
                );
                Spread(scratch.Pointer, results, first, count);
            }
        );
        _observer?.AfterLookup(index, results);
        return results;
    }

    /// <summary>Moves results that stand one input after the other to their own values, from ciphertext <paramref name="first"/> on.</summary>
    private void Spread(ulong* words, RowTensor[] results, long first, int count)
    {
        int laneWords = LaneWords;
        Work.Run(
            count,
            (double)laneWords * results.Length,
            (from, to) =>
            {
                for (long one = from; one < to; one++)
                for (int i = 0; i < results.Length; i++)
                    new ReadOnlySpan<ulong>(words + (one * results.Length + i) * laneWords, laneWords).CopyTo(
                        new Span<ulong>(results[i].Pointer + (first + one) * laneWords, laneWords)
                    );
            }
        );
    }

    protected override RowTensor RoundExactly(int index, RoundExact instruction)
    {
        RowTensor tensor = Writable(instruction.Operand, index);
        DigitExtraction extraction = new(Program.Values[instruction.Operand].Bits, instruction.Drop);
        AddToBodies(tensor, _ => extraction.Centring);
        _observer?.BeforeRounding(index);
        DigitPlace[] digits = [.. DigitExtraction.Places(instruction)];
        RowTensor[] residues = [.. instruction.Residues.Select(Get)];
        using NativeBuffer<ulong> scratch = new((long)BatchSize * LaneWords);
        using NativeBuffer<ulong> removed = new(residues.Length == 0 ? 1 : (long)BatchSize * LaneWords);
        InBatches(
            tensor,
            index,
            (first, count) =>
            {
                ulong* words = tensor.Pointer + first * LaneWords;
                if (residues.Length > 0)
                    removed.Slice(0, count * LaneWords).Clear();
                foreach (DigitPlace digit in digits)
                {
                    bool isOwn = digit.Highest >= residues.Length;
                    ulong* read = isOwn ? words : residues[digit.Highest].Pointer + first * LaneWords;
                    foreach (bool isSign in digit.Parts)
                    {
                        Raise(extraction, digit, isSign, read, isOwn ? null : removed.Pointer, count, scratch.Pointer);
                        Extract(extraction, digit, isSign, count, scratch.Pointer);
                        Subtract(scratch.Pointer, words, count);
                        if (!isOwn)
                            Add(scratch.Pointer, removed.Pointer, count);
                        _observer?.AfterPart(index, digit, isSign, first, scratch.Slice(0, count * LaneWords));
                    }
                }
            }
        );
        _observer?.AfterRounding(index);
        return tensor;
    }

    protected override RowTensor RoundApproximately(int index, RoundApproximate instruction)
    {
        RowTensor tensor = Writable(instruction.Operand, index);
        ulong halfStep = 1UL << (62 - Program.Values[instruction.Operand].Bits);
        AddToBodies(tensor, _ => halfStep);
        return tensor;
    }

    private int BatchSize => BatchPerThread * Work.Threads;

    /// <summary>
    /// Raises a digit of <paramref name="read"/>, less the bits <paramref name="removed"/> already, to the top; for its sign, moved
    /// by half a step.
    /// </summary>
    private void Raise(DigitExtraction extraction, DigitPlace digit, bool isSign, ulong* read, ulong* removed, int count, ulong* raised)
    {
        int laneWords = LaneWords;
        int raise = extraction.Raise(digit);
        // the operand itself was centred before
        ulong offset = (removed is null ? 0 : extraction.Centring << raise) + (isSign ? DigitExtraction.HalfStep(digit) : 0);
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
    private void Extract(DigitExtraction extraction, DigitPlace digit, bool isSign, int count, ulong* words)
    {
        LookupTables table = new();
        if (isSign)
            table.AddConstant(0 - extraction.HalfHighest(digit));
        else
            table.Add(extraction.LowerBits(digit));
        Bootstrap(digit.Class, words, count, table, [0]);
        if (isSign)
            for (long one = 0; one < count; one++)
                words[(one + 1) * LaneWords - 1] += extraction.HalfHighest(digit);
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

    private void Bootstrap(int lookupClass, ulong* words, int count, LookupTables tables, int[] tableOf) =>
        Bootstrapper.Run(_key.Classes[lookupClass], words, count, tables, tableOf, words, Work.Threads, Work.Cancellation);

    private void InBatches(RowTensor tensor, int index, Action<long, int> batch)
    {
        long total = (long)tensor.Count * Lanes;
        for (long first = 0; first < total; first += BatchSize)
        {
            batch(first, (int)Math.Min(BatchSize, total - first));
            _meter.Report(index, (double)Math.Min(total, first + BatchSize) / total);
        }
    }
}
