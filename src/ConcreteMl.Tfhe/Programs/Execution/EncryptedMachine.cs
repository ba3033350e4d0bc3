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
        _observer?.BeforeLookup(_key, lookup, tensor);
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

    protected override RowTensor RoundExactly(int index, RoundExact instruction)
    {
        int bits = Program.Values[instruction.Operand].Bits;
        RowTensor tensor = Writable(instruction.Operand, index);
        BitExtraction extraction = new(bits, instruction.Drop);
        AddToBodies(tensor, _ => extraction.Centring);
        _observer?.BeforeRounding(index);
        RowTensor[] residues = [.. instruction.Residues.Select(Get)];
        using NativeBuffer<ulong> scratch = new((long)BatchSize * LaneWords);
        using NativeBuffer<ulong> removed = new(residues.Length == 0 ? 1 : (long)BatchSize * LaneWords);
        InBatches(
            tensor,
            index,
            (first, count) =>
            {
                if (residues.Length > 0)
                    removed.Slice(0, count * LaneWords).Clear();
                for (int bit = 0; bit < instruction.Drop; bit++)
                {
                    ulong* words = tensor.Pointer + first * LaneWords;
                    ulong* residue = bit < residues.Length ? residues[bit].Pointer + first * LaneWords : null;
                    Raise(
                        extraction,
                        bit,
                        residue is null ? words : residue,
                        residue is null ? null : removed.Pointer,
                        count,
                        scratch.Pointer
                    );
                    ExtractBit(extraction, bit, instruction.Class, words, count, scratch.Pointer);
                    if (bit + 1 < residues.Length)
                        Add(scratch.Pointer, removed.Pointer, count);
                    _observer?.AfterBit(index, bit, first, scratch.Slice(0, count * LaneWords));
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

    /// <summary>Raises bit t of <paramref name="read"/>, less the bits <paramref name="removed"/> already, to half a turn, and adds a quarter.</summary>
    private void Raise(BitExtraction extraction, int bit, ulong* read, ulong* removed, int count, ulong* raised)
    {
        int laneWords = LaneWords;
        int raise = extraction.Raise(bit);
        // the operand itself was centred before
        ulong centring = removed is null ? 0 : extraction.Centring << raise;
        Work.Run(
            count,
            laneWords,
            (from, to) =>
            {
                for (long word = from * laneWords; word < to * laneWords; word++)
                    raised[word] = (removed is null ? read[word] : read[word] - removed[word]) << raise;
                for (long one = from; one < to; one++)
                    raised[(one + 1) * laneWords - 1] += LookupPhase.Half + centring;
            }
        );
    }

    private void Add(ulong* source, ulong* target, int count) =>
        Work.Run(
            count,
            LaneWords,
            (from, to) =>
            {
                for (long word = from * LaneWords; word < to * LaneWords; word++)
                    target[word] += source[word];
            }
        );

    /// <summary>Bootstraps raised bits and subtracts them from <paramref name="words"/>; <paramref name="extracted"/> is left with the bits.</summary>
    private void ExtractBit(BitExtraction extraction, int bit, int lookupClass, ulong* words, int count, ulong* extracted)
    {
        int laneWords = LaneWords;
        ulong halfBit = extraction.HalfBit(bit);
        LookupTables sign = new();
        sign.AddConstant(0 - halfBit);
        Bootstrap(lookupClass, extracted, count, sign, [0]);
        Work.Run(
            count,
            laneWords,
            (from, to) =>
            {
                for (long one = from; one < to; one++)
                    extracted[(one + 1) * laneWords - 1] += halfBit;
                for (long word = from * laneWords; word < to * laneWords; word++)
                    words[word] -= extracted[word];
            }
        );
    }

    private void Bootstrap(int lookupClass, ulong* words, int count, LookupTables tables, int[] tableOf) =>
        Bootstrapper.Run(_key, lookupClass, words, count, tables, tableOf, words, Work.Threads, Work.Cancellation);

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
