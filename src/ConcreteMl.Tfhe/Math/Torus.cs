namespace ConcreteMl.Tfhe;

/// <summary>The real torus R/Z as 64-bit words with wrap-around: the word w stands for w / 2^64.</summary>
public static class Torus
{
    private const double Modulus = 18446744073709551616.0;

    /// <summary>Nearest word to <paramref name="value"/> modulo 1.</summary>
    public static ulong FromDouble(double value)
    {
        double turn = (value - Math.Round(value)) * Modulus;
        // exactly half a turn does not fit in a signed word
        return turn >= Modulus / 2 ? 1UL << 63 : (ulong)(long)Math.Round(turn);
    }

    /// <summary>The representative in [-1/2, 1/2).</summary>
    public static double ToDouble(ulong word) => (long)word / Modulus;

    /// <summary>Torus word of integer <paramref name="message"/> with <paramref name="bits"/> message bits and one padding bit.</summary>
    public static ulong Encode(long message, int bits) => (ulong)message << (63 - bits);

    /// <summary>Nearest unsigned message modulo 2^(bits + 1) of a noisy <paramref name="phase"/>; a set padding bit shows in the result.</summary>
    public static ulong DecodeUnsigned(ulong phase, int bits) => (phase + (1UL << (62 - bits))) >> (63 - bits);

    /// <summary>Nearest signed message, in [-2^bits, 2^bits), of a noisy <paramref name="phase"/>.</summary>
    public static long DecodeSigned(ulong phase, int bits) => (long)(phase + (1UL << (62 - bits))) >> (63 - bits);
}
