namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// What a lookup or an exact rounding does, range by range of its ciphertexts (row by row, lane by lane): prepared once, and the same
/// wherever a range is computed.
/// </summary>
internal abstract unsafe class RangeWork : IDisposable
{
    // large enough that every core has work for many bootstraps, small enough for progress and a bounded copy
    private const int MostPerThread = 256;

    protected RangeWork(EvaluationKey key, RowWork work)
    {
        Key = key;
        Work = work;
        LaneWords = key.Parameters.BigKey.LweSize;
    }

    /// <summary>Results of one ciphertext.</summary>
    internal virtual int Each => 1;

    /// <summary>The most ciphertexts of a range.</summary>
    internal int Most => MostPerThread * Work.Threads;

    /// <summary>Words of one ciphertext, kN + 1.</summary>
    protected int LaneWords { get; }

    protected EvaluationKey Key { get; }

    protected RowWork Work { get; }

    /// <summary>The work of an instruction that bootstraps; null for the others.</summary>
    /// <param name="plan">The program.</param>
    /// <param name="index">The instruction.</param>
    /// <param name="lanes">Ciphertexts of one element.</param>
    /// <param name="key">The client's evaluation key, which stays the caller's.</param>
    /// <param name="work">Cores and cancellation.</param>
    internal static RangeWork? Of(ProgramPlan plan, int index, int lanes, EvaluationKey key, RowWork work) =>
        plan.Program.Instructions[index] switch
        {
            Lookup => new LookupWork(plan.Lookup(index), lanes, key, work),
            LookupMany => new LookupManyWork(plan.Numbers(index), lanes, key, work),
            RoundExact rounding => new RoundingWork(plan.Program, rounding, key, work),
            _ => null,
        };

    /// <summary>Computes ciphertexts <paramref name="first"/> and on.</summary>
    /// <param name="first">Number of the first one among all of the operand's.</param>
    /// <param name="count">How many, at most <see cref="Most"/>.</param>
    /// <param name="operands">For each operand its <paramref name="count"/> ciphertexts; lookups have half a turn added.</param>
    /// <param name="results">Room for the results, one ciphertext's after the other; where there is one each, it may be the first operand.</param>
    internal abstract void Run(long first, int count, ulong*[] operands, ulong* results);

    public virtual void Dispose() { }

    protected void Bootstrap(int lookupClass, ulong* inputs, int count, LookupTables tables, int[] tableOf, ulong* results) =>
        Bootstrapper.Run(Key.Classes[lookupClass], inputs, count, tables, tableOf, results, Work.Threads, Work.Cancellation);
}
