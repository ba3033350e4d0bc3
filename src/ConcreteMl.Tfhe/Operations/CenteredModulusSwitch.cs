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
    /// Switches one ciphertext (n mask words, then the body) to integers modulo 2^<paramref name="logModulus"/>;
    /// <paramref name="switched"/> gets n + 1 of them in the same order.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Switch(ReadOnlySpan<ulong> ciphertext, int logModulus, Span<int> switched)
    {
        int n = ciphertext.Length - 1;
        int shift = 64 - logModulus;
        ulong half = 1UL << (shift - 1);
        ulong cellMask = (1UL << shift) - 1;
        Int128 error = 0;
        for (int i = 0; i < n; i++)
        {
            ulong rounded = ciphertext[i] + half;
            // rounded value minus word, in [-half, half]
            error += (long)half - (long)(rounded & cellMask);
            switched[i] = (int)(rounded >> shift);
        }
        switched[n] = SwitchPhase(ciphertext[n] + (ulong)(long)(error >> 1), logModulus);
    }

    /// <summary>
    /// The simulator's twin of the same switch on a phase: the cell in which the phase lies, after the caller has added
    /// a draw of <see cref="NoiseModel.ModulusSwitchVariance(int, int)"/> for the mask's rounding.
    /// </summary>
    public static int SwitchPhase(ulong phase, int logModulus) => (int)(phase >> (64 - logModulus));
}
