namespace ConcreteMl.Tfhe;

/// <summary>
/// How many bits of a body word a key keeps. Its noise hides the rest: rounding to b bits adds an error that is uniform in half a step,
/// of variance 4^-b / 12. Bodies are rounded when the key is made, after masks, noise and message are in, so that the key in memory and its
/// stored form are the same key; a rounded sample tells no more than the sample.
/// </summary>
public static class BodyWidth
{
    /// <summary>The fewest bits that a key may keep.</summary>
    public const int Least = 8;

    /// <summary>Variance of the rounding to <paramref name="bits"/> bits; 0 of whole words, which are stated as 0 bits.</summary>
    public static double RoundingVariance(int bits) => bits == 0 ? 0.0 : Math.Pow(4.0, -bits) / 12.0;

    /// <summary>Whether a body of words of <paramref name="wordBits"/> bits may keep <paramref name="bits"/> bits; 0 says all.</summary>
    internal static bool IsLegal(int bits, int wordBits) => bits == 0 || (bits >= Least && bits < wordBits);

    /// <summary>Rounds words, of which the low <paramref name="wordBits"/> bits count, to the nearest with zeros behind the highest <paramref name="bits"/> ones.</summary>
    internal static void Round(Span<ulong> words, int wordBits, int bits)
    {
        if (bits == 0 || bits == wordBits)
            return;
        int dropped = wordBits - bits;
        ulong half = 1UL << (dropped - 1);
        ulong kept = (ulong.MaxValue >> (64 - wordBits)) & ~((1UL << dropped) - 1);
        for (int i = 0; i < words.Length; i++)
            words[i] = (words[i] + half) & kept;
    }
}
