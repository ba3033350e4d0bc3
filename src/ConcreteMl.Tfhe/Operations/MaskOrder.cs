namespace ConcreteMl.Tfhe;

/// <summary>The order in which an extended blind rotation takes mask words; rotations commute, so any order is right.</summary>
internal static class MaskOrder
{
    /// <summary>
    /// Indices of the non-zero words by 2-adic valuation (capped at <paramref name="nu"/>), stably; returns their number.
    /// The order depends on the public mask only.
    /// </summary>
    internal static int Sort(ReadOnlySpan<int> mask, int nu, Span<int> order)
    {
        int at = 0;
        for (int valuation = 0; valuation <= nu; valuation++)
        for (int i = 0; i < mask.Length; i++)
        {
            if (mask[i] != 0 && Math.Min(int.TrailingZeroCount(mask[i]), nu) == valuation)
                order[at++] = i;
        }
        return at;
    }
}
