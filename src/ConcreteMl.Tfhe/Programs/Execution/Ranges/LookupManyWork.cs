namespace ConcreteMl.Tfhe.Programs;

/// <summary>Several lookups at one operand, range by range.</summary>
internal sealed unsafe class LookupManyWork(TableNumbers numbers, int lanes, EvaluationKey key, RowWork work) : RangeWork(key, work)
{
    internal override int Each => numbers.Each;

    internal override void Run(long first, int count, ulong*[] operands, ulong* results) =>
        Bootstrapper.RunMany(
            Key.Classes[numbers.Class],
            operands[0],
            count,
            numbers.Tables,
            numbers.Of(first, count, lanes),
            numbers.Each,
            results,
            Work.Threads,
            Work.Cancellation
        );
}
