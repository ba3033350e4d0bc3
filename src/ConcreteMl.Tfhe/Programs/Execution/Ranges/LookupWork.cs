namespace ConcreteMl.Tfhe.Programs;

/// <summary>A lookup, range by range.</summary>
internal sealed unsafe class LookupWork : RangeWork
{
    private readonly LookupPlan _lookup;
    private readonly int _lanes;

    internal LookupWork(LookupPlan lookup, int lanes, EvaluationKey key, RowWork work)
        : base(key, work)
    {
        _lookup = lookup;
        _lanes = lanes;
    }

    internal override void Run(long first, int count, ulong*[] operands, ulong* results)
    {
        int[] tableOf = _lookup.IsUniform ? [_lookup.TableOf(0)] : new int[count];
        if (!_lookup.IsUniform)
            for (int i = 0; i < count; i++)
                tableOf[i] = _lookup.TableOf((int)((first + i) / _lanes));
        Bootstrap(_lookup.Class, operands[0], count, _lookup.Prepared, tableOf, results);
    }
}
