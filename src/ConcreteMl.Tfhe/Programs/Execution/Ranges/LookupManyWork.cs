namespace ConcreteMl.Tfhe.Programs;

/// <summary>Several lookups at one operand, range by range.</summary>
internal sealed unsafe class LookupManyWork(LookupPlan[] lookups, int lanes, EvaluationKey key, RowWork work) : RangeWork(key, work)
{
    private readonly TableNumbers _numbers = new(lookups, lanes);

    internal override int Each => lookups.Length;

    internal override void Run(long first, int count, ulong*[] operands, ulong* results) =>
        Bootstrapper.RunMany(
            Key.Classes[lookups[0].Class],
            operands[0],
            count,
            _numbers.Tables,
            _numbers.Of(first, count),
            lookups.Length,
            results,
            Work.Threads,
            Work.Cancellation
        );
}
