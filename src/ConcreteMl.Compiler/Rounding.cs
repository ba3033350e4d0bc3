namespace ConcreteMl;

/// <summary>Accumulators wider than <paramref name="Bits"/> are rounded to that width before a lookup.</summary>
/// <param name="Bits">The width that lookups read, from 2 to 16.</param>
/// <param name="Method">How the low bits are dropped.</param>
public sealed record Rounding(int Bits, RoundingMethod Method = RoundingMethod.Exact);
