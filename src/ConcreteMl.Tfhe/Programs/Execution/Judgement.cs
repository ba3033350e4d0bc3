namespace ConcreteMl.Tfhe.Programs;

/// <summary>Compares what a lookup returned with what its exact operand should have given.</summary>
internal static class Judgement
{
    /// <param name="lookup">The lookup.</param>
    /// <param name="table">Table of the element.</param>
    /// <param name="expected">Position of the exact operand, in [0, 2^(p+1)).</param>
    /// <param name="word">Result without noise.</param>
    /// <param name="isUnrounded">Whether approximate rounding left low bits, so that a neighbour's entry is no failure.</param>
    internal static Tally Of(LookupPlan lookup, int table, int expected, ulong word, bool isUnrounded)
    {
        int size = 1 << lookup.InputBits;
        Tally tally = new() { Bootstraps = 1, Overflows = expected >= size ? 1 : 0 };
        if (word == lookup.Read(table, expected))
            return tally;
        int mask = 2 * size - 1;
        bool isNeighbour =
            isUnrounded && (word == lookup.Read(table, (expected + 1) & mask) || word == lookup.Read(table, (expected - 1) & mask));
        if (isNeighbour)
            tally.OffByOnes = 1;
        else
            tally.Failures = 1;
        return tally;
    }
}
