namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// Words of exact rounding at width p. A digit of bits t to h is raised until bit h is half a turn. Half a step of bit t is added:
/// the sign that the constant table returns, plus half of bit h, is bit h in its own place, to be subtracted. What is left of the
/// digit then lies in the lower half turn, where a table of its lower bits returns them in their own places.
/// </summary>
/// <param name="bits">Width p of the operand.</param>
/// <param name="drop">Bits dropped.</param>
internal readonly struct DigitExtraction(int bits, int drop)
{
    /// <summary>Half of the rounded step: 2^(drop−1) steps of the operand.</summary>
    internal ulong Centring => 1UL << (62 - bits + drop);

    /// <summary>The digits of a rounding with their places.</summary>
    internal static IEnumerable<DigitPlace> Places(RoundExact instruction)
    {
        int lowest = 0;
        foreach (RoundingDigit digit in instruction.Digits)
        {
            yield return new DigitPlace(lowest, digit.Bits, digit.Class);
            lowest += digit.Bits;
        }
    }

    /// <summary>Places by which a digit's highest bit is raised to half a turn.</summary>
    internal int Raise(DigitPlace digit) => bits - digit.Highest;

    /// <summary>Half a step of the digit's lowest bit, raised.</summary>
    internal static ulong HalfStep(DigitPlace digit) => 1UL << (63 - digit.Bits);

    /// <summary>Half of the digit's highest bit in its own place.</summary>
    internal ulong HalfHighest(DigitPlace digit) => 1UL << (62 - bits + digit.Highest);

    /// <summary>Entries of the table of a digit's lower bits: the bits in their own places.</summary>
    internal ulong[] LowerBits(DigitPlace digit)
    {
        int place = 63 - bits + digit.Lowest;
        return [.. Enumerable.Range(0, 1 << (digit.Bits - 1)).Select(entry => (ulong)entry << place)];
    }

    /// <summary>The digit of an exact phase whose lower bits are gone, in [0, 2^Bits).</summary>
    internal int Read(ulong phase, DigitPlace digit)
    {
        ulong halfStep = 1UL << (62 - bits + digit.Lowest);
        return (int)((phase + halfStep) >> (63 - bits + digit.Lowest)) & ((1 << digit.Bits) - 1);
    }

    /// <summary>The word that a digit's part stands for when its bootstrap reads <paramref name="read"/> in [0, 2^Bits).</summary>
    internal ulong Taken(DigitPlace digit, bool isSign, int read)
    {
        int half = 1 << (digit.Bits - 1);
        bool isUpper = read >= half;
        if (isSign)
            return isUpper ? 2 * HalfHighest(digit) : 0;
        // the table is negacyclic: where the highest bit was not taken off, the negated entry comes back
        long entry = isUpper ? half - read : read;
        return (ulong)entry << (63 - bits + digit.Lowest);
    }

    /// <summary>The word nearest to a decrypted part: a multiple of the highest bit, or of the lowest.</summary>
    internal ulong Nearest(DigitPlace digit, bool isSign, ulong phase)
    {
        int place = 63 - bits + (isSign ? digit.Highest : digit.Lowest);
        return (phase + (1UL << (place - 1))) >> place << place;
    }
}
