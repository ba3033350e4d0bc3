using System.Numerics;
using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>
/// The mean-compensated modulus switch to w = 2^L: mask words are rounded, half of their summed rounding error (its mean
/// under a binary key) goes to the body, and the body is floored, because table boxes start at cell borders.
/// </summary>
public static class CenteredModulusSwitch
{
    /// <summary>L of a lookup class: log2 of 2N * 2^nu.</summary>
    public static int LogModulus(BigKeyParameters big, LookupClassParameters lookup) =>
        BitOperations.Log2((uint)big.PolynomialSize) + 1 + lookup.Nu;

    /// <summary>
    /// L of bootstraps that look up <paramref name="tables"/> tables: where one blind rotation serves all of them, at nu = 0,
    /// 2^t tables leave 2N / 2^t.
    /// </summary>
    public static int LogModulus(BigKeyParameters big, LookupClassParameters lookup, int tables) =>
        LogModulus(big, lookup) - (lookup.Nu == 0 ? LookupTables.LogSpread(tables) : 0);

    /// <summary>
    /// Switches one ciphertext (n mask words, then the body) to integers modulo 2^<paramref name="logModulus"/>;
    /// <paramref name="switched"/> gets n + 1 of them in the same order.
    /// </summary>
    public static void Switch(ReadOnlySpan<ulong> ciphertext, int logModulus, Span<int> switched) =>
        Switch(ciphertext, logModulus, 0, 0.0, switched);

    /// <summary>The switch of a lookup class, at its extension and grade.</summary>
    public static void Switch(ReadOnlySpan<ulong> ciphertext, BigKeyParameters big, LookupClassParameters lookup, Span<int> switched)
    {
        int coarsest = lookup.Grade == 0 ? 0 : lookup.Nu;
        double price = ModulusSwitchGrade.ProductPrice(lookup.Nu, lookup.Grade);
        Switch(ciphertext, LogModulus(big, lookup), coarsest, price, switched);
    }

    /// <summary>
    /// Rounds each word to a multiple of 2^j steps, j up to <paramref name="coarsest"/>, that has the least squared error,
    /// the 2^(coarsest - j) external products counted in at <paramref name="price"/> each.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Switch(ReadOnlySpan<ulong> ciphertext, int logModulus, int coarsest, double price, Span<int> switched)
    {
        int n = ciphertext.Length - 1;
        int shift = 64 - logModulus;
        double step = 1.0 / (1UL << shift);
        Int128 error = 0;
        for (int i = 0; i < n; i++)
        {
            double least = double.PositiveInfinity;
            long chosen = 0;
            for (int j = coarsest; j >= 0; j--)
            {
                ulong half = 1UL << (shift + j - 1);
                ulong rounded = ciphertext[i] + half;
                // rounded value minus word, in [-half, half]
                long difference = (long)half - (long)(rounded & (2 * half - 1));
                double steps = difference * step;
                double weight = steps * steps + price * (1 << (coarsest - j));
                if (weight >= least)
                    continue;
                (least, chosen) = (weight, difference);
                switched[i] = (int)(rounded >> (shift + j) << j);
            }
            error += chosen;
        }
        switched[n] = SwitchPhase(ciphertext[n] + (ulong)(long)(error >> 1), logModulus);
    }

    /// <summary>
    /// The simulator's twin of the same switch on a phase: the cell in which the phase lies, after the caller has added
    /// a draw of <see cref="NoiseModel.ModulusSwitchVariance(int, int)"/> for the mask's rounding.
    /// </summary>
    public static int SwitchPhase(ulong phase, int logModulus) => (int)(phase >> (64 - logModulus));
}
