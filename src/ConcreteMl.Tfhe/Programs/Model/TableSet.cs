namespace ConcreteMl.Tfhe.Programs;

/// <summary>The distinct tables of a lookup.</summary>
/// <param name="InputBits">Width p of the operand.</param>
/// <param name="OutputBits">Width of the result's encoding; entries are signed codes of that width.</param>
/// <param name="Entries">Tables one after another, 2^p entries each: entry i of a table is the result for code i − 2^(p−1).</param>
/// <param name="Function">What the tables compute, for listings.</param>
public sealed record TableSet(int InputBits, int OutputBits, long[] Entries, string Function)
{
    /// <summary>Number of tables.</summary>
    public int Count => Entries.Length >> InputBits;

    /// <summary>The 2^p entries of table <paramref name="table"/>.</summary>
    public ReadOnlySpan<long> Table(int table) => Entries.AsSpan(table << InputBits, 1 << InputBits);
}
