namespace ConcreteMl.Tfhe;

/// <summary>
/// How many ciphertexts of a batch a blind rotation takes in step, so that a key element that is fetched serves them while it is in cache.
/// </summary>
public static class RotationsInStep
{
    // the second-level cache of a core of the machine that the time model is fitted on: this element, the next one, digits and accumulators are
    // to stay in it. There, in alternation with one ciphertext at a time (24 pairs, one core and two), nu = 2 was 1.07 to 1.10 times as fast,
    // nu = 3 1.00 to 1.02; more gained nothing
    private const long CacheBytes = 1 << 20;

    /// <summary>
    /// Ciphertexts that the time model counts in step under a big key of rank <paramref name="k"/> and size <paramref name="size"/>, with
    /// <paramref name="levels"/> levels of the bootstrap's decomposition, extended by <paramref name="nu"/>; <paramref name="words"/> mask
    /// words are taken at a time, of which two have three key elements.
    /// </summary>
    public static int Capacity(int k, int size, int levels, int nu, int words = 1)
    {
        // the model counts an accumulator more than an extension has, as there was when it was fitted
        long accumulators = nu == 0 ? 1 : (1L << nu) + 1;
        return Fitting(CacheBytes, k, size, levels, accumulators, words, nu == 0 ? 2 : 1);
    }

    /// <summary>
    /// Ciphertexts that an extended rotation takes in step on this machine, which may have a larger cache than the model's: with 2 MiB, four levels
    /// at nu = 1 are 1.06 times as fast by eights as by fours (Emerald Rapids; docs/performance.md has the table).
    /// </summary>
    internal static int CapacityHere(int k, int size, int levels, int nu)
    {
        // digits of the product that a cycle ends with wait beside those of each other one
        long waiting = (k + 1L) * levels * size * sizeof(double);
        return Fitting(Math.Max(CacheBytes, SecondLevelCache.Bytes) - waiting, k, size, levels, 1L << nu, words: 1, least: 1);
    }

    /// <summary>Ciphertexts of so many accumulators each, and at least so many, that fit a cache beside two key elements and digits.</summary>
    internal static int Fitting(long cache, int k, int size, int levels, long accumulators, int words, int least)
    {
        long polynomial = (long)size * sizeof(ulong);
        long element = (words == 1 ? 1 : 3) * (k + 1) * (k + 1) * levels * polynomial;
        long digits = (k + 1) * levels * polynomial;
        long each = accumulators * (k + 1) * polynomial;
        return (int)Math.Clamp((cache - 2 * element - digits) / each, least, MaskOrder.MostTogether);
    }

    /// <summary>
    /// Key elements that are fetched for a mask word of a ciphertext in a full batch, on the average: those of an extended rotation serve
    /// the ciphertexts whose words have the same valuation.
    /// </summary>
    public static double FetchesPerWord(int k, int size, int levels, int nu, int grade)
    {
        int together = Capacity(k, size, levels, nu);
        double fetches = 0.0;
        foreach (double share in ModulusSwitchGrade.Shares(nu, grade))
            fetches += 1.0 - Math.Pow(1.0 - share, together);
        return fetches / together;
    }
}
