namespace ConcreteMl.Tfhe.Programs;

/// <summary>Compares the table position that a lookup read with that of its exact operand.</summary>
internal static class Judgement
{
    /// <param name="lookup">The lookup.</param>
    /// <param name="expected">Position of the exact operand, in [0, 2^(p+1)).</param>
    /// <param name="met">Position that was read. A wrong one is a failure also where the entries are equal.</param>
    /// <param name="isUnrounded">Whether approximate rounding left low bits, so that a neighbour is no failure.</param>
    /// <param name="bootstraps">Bootstraps that this one decision counts for.</param>
    internal static Tally Of(LookupPlan lookup, int expected, int met, bool isUnrounded, int bootstraps = 1)
    {
        int size = 1 << lookup.InputBits;
        Tally tally = new() { Bootstraps = bootstraps, Overflows = expected >= size ? 1 : 0 };
        int distance = (met - expected) & (2 * size - 1);
        if (distance == 0)
            return tally;
        if (isUnrounded && (distance == 1 || distance == 2 * size - 1))
            tally.OffByOnes = 1;
        else
            tally.Failures = 1;
        return tally;
    }
}
