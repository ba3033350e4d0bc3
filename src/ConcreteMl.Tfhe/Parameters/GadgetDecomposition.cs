using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>A gadget of <paramref name="Level"/> digits to the base 2^<paramref name="BaseLog"/>, from the top of the torus word.</summary>
public sealed record GadgetDecomposition(int BaseLog, int Level)
{
    /// <summary>Bits of the base, 1 to 30.</summary>
    public int BaseLog { get; } =
        BaseLog is >= 1 and <= 30 ? BaseLog : throw new ArgumentOutOfRangeException(nameof(BaseLog), BaseLog, "base log must be 1 to 30");

    /// <summary>Number of digits; all digits together fit in 62 bits.</summary>
    public int Level { get; } =
        Level >= 1 && Level * BaseLog <= 62
            ? Level
            : throw new ArgumentOutOfRangeException(nameof(Level), Level, "level must be 1 to 62 / base log");

    /// <summary>Bits that the digits cover.</summary>
    public int Bits => BaseLog * Level;

    /// <summary>Factor of the digit of 1-based <paramref name="level"/>: 2^(64 - level * base log).</summary>
    public ulong Factor(int level) => 1UL << (64 - level * BaseLog);

    /// <summary>
    /// Writes the balanced signed digits of <paramref name="word"/>, most significant first; each lies in [-B/2, B/2]
    /// and their recomposition is the closest multiple of the smallest factor. Ties split evenly, so digits have no mean.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Decompose(ulong word, Span<int> digits)
    {
        int bits = Bits;
        ulong rounding = (word >> (63 - bits)) & 1;
        long state = (long)((word >> (63 - bits) >> 1) + rounding);
        long half = 1L << (bits - 1);
        // state > half, or a tie that was rounded up to half, denotes a negative number
        long negative = ((half - state) >> 63) | -(long)(rounding & (state == half ? 1UL : 0UL));
        state -= negative & (half << 1);
        long digitMask = (1L << BaseLog) - 1;
        for (int level = Level - 1; level >= 0; level--)
        {
            long digit = state & digitMask;
            state >>= BaseLog;
            long carry = (((digit - 1) | state) & digit) >> (BaseLog - 1) & 1;
            state += carry;
            digits[level] = (int)(digit - (carry << BaseLog));
        }
    }
}
