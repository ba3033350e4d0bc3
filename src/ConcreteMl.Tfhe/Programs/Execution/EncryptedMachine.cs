namespace ConcreteMl.Tfhe.Programs;

/// <summary>Runs on ciphertexts; needs no secret. An observer with the client key may look over its shoulder.</summary>
internal sealed unsafe class EncryptedMachine : Machine
{
    private readonly EvaluationKey _key;
    private readonly ProgressMeter _meter;
    private readonly LookupObserver? _observer;
    private readonly RangeHelpers? _helpers;

    internal EncryptedMachine(
        ProgramPlan plan,
        int lanes,
        EvaluationKey key,
        RowWork work,
        ProgressMeter meter,
        LookupObserver? observer,
        RangeHelpers? helpers = null
    )
        : base(plan, lanes, key.Parameters.BigKey.LweSize, work)
    {
        _helpers = helpers;
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
        using LookupWork work = new(lookup, Lanes, _key, Work);
        InRanges(index, work, [tensor], [tensor]);
        _observer?.AfterLookup(index, tensor);
        return tensor;
    }

    protected override RowTensor[] LookUpMany(int index, LookupMany instruction)
    {
        LookupPlan[] lookups = Plan.Lookups(index);
        using RowTensor operand = Writable(instruction.Operands[0], index);
        AddToBodies(operand, _ => LookupPhase.Half);
        _observer?.BeforeLookup(_key, lookups[0], operand, lookups.Length);
        RowTensor[] results = [.. instruction.Results.Select(Allocate)];
        using LookupManyWork work = new(Plan.Numbers(index), Lanes, _key, Work);
        InRanges(index, work, [operand], results);
        _observer?.AfterLookup(index, results);
        return results;
    }

    protected override RowTensor RoundExactly(int index, RoundExact instruction)
    {
        RowTensor tensor = Writable(instruction.Operand, index);
        DigitExtraction extraction = new(Program.Values[instruction.Operand].Bits, instruction.Drop);
        AddToBodies(tensor, _ => extraction.Centring);
        _observer?.BeforeRounding(index);
        using RoundingWork work = new(Program, instruction, _key, Work)
        {
            Watch = _observer is null ? null : (digit, isSign, first, parts) => _observer.AfterPart(index, digit, isSign, first, parts),
        };
        InRanges(index, work, [tensor, .. instruction.Residues.Select(Get)], [tensor]);
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

    /// <summary>Runs the ranges of a layer, here or, where it is large, also on other machines.</summary>
    private void InRanges(int index, RangeWork work, RowTensor[] operands, RowTensor[] results)
    {
        RangeFlow flow = new(work, operands, results, LaneWords, Work);
        long total = (long)operands[0].Count * Lanes;
        using NativeBuffer<ulong> scratch = new(work.Each == 1 ? 1 : Math.Min(work.Most, total) * work.Each * LaneWords);
        if (_helpers is { } helpers && total >= helpers.Least)
            new SharedRanges(helpers, Work).Run(
                index,
                total,
                Lanes,
                flow,
                (first, count, queue) =>
                {
                    flow.Compute(first, count, scratch.Pointer);
                    queue.Finish(count);
                    _meter.Report(index, (double)queue.Done / total);
                }
            );
        else
            for (long first = 0; first < total; first += work.Most)
            {
                flow.Compute(first, (int)Math.Min(work.Most, total - first), scratch.Pointer);
                _meter.Report(index, (double)Math.Min(total, first + work.Most) / total);
            }
    }
}
