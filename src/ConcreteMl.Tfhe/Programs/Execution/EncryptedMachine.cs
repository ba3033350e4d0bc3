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
        using NativeBuffer<ulong> scratch = new((long)BatchSize * LaneWords);
        InBatches(
            tensor,
            index,
            (first, count) =>
            {
                for (int bit = 0; bit < instruction.Drop; bit++)
                {
                    ulong* words = tensor.Pointer + first * LaneWords;
                    ExtractBit(extraction, bit, instruction.Class, words, count, scratch.Pointer);
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

    /// <summary>Subtracts bit t of each ciphertext from it; <paramref name="extracted"/> is left with the bits.</summary>
    private void ExtractBit(BitExtraction extraction, int bit, int lookupClass, ulong* words, int count, ulong* extracted)
    {
        long length = (long)count * LaneWords;
        int laneWords = LaneWords;
        int raise = extraction.Raise(bit);
        ulong halfBit = extraction.HalfBit(bit);
        Work.Run(
            count,
            laneWords,
            (from, to) =>
            {
                for (long word = from * laneWords; word < to * laneWords; word++)
                    extracted[word] = words[word] << raise;
                for (long one = from; one < to; one++)
                    extracted[(one + 1) * laneWords - 1] += LookupPhase.Half;
            }
        );
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
