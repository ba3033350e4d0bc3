namespace ConcreteMl.Tfhe.Programs;

/// <summary>The machines that help with large layers.</summary>
/// <param name="All">Each takes up to two ranges at once: one is computed while the next travels.</param>
/// <param name="Least">The fewest ciphertexts of a layer with which they help.</param>
internal sealed record RangeHelpers(IReadOnlyList<IRangeHelper> All, int Least);
