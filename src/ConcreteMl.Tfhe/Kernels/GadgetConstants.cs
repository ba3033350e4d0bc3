namespace ConcreteMl.Tfhe;

/// <summary>What kernels read of a gadget, in 64-bit words: see the places. One instance lives as long as the kernels of its shape.</summary>
internal sealed unsafe class GadgetConstants
{
    /// <summary>Bytes to the shift that brings a field down to a digit; at 0 lies the addend that rounds and lifts.</summary>
    internal const int ShiftPlace = 8;

    /// <summary>Bytes to 2^52 + half the base, a double: what is taken off a lifted digit behind the bits of 2^52.</summary>
    internal const int CentrePlace = 16;

    /// <summary>Bytes to the number of bytes of all later levels.</summary>
    internal const int LevelBytesPlace = 24;

    /// <summary>Bytes to the later levels.</summary>
    internal const int LevelsPlace = 32;

    /// <summary>Bytes of a later level: the bit that makes its lifted field signed, and the shift that brings it to the top.</summary>
    internal const int LevelLength = 16;

    private const double TwoTo52 = 4503599627370496.0;
    private readonly NativeBuffer<long> _words;

    /// <summary>With a signed first digit, only the later ones are lifted by half the base.</summary>
    internal GadgetConstants(GadgetDecomposition gadget, bool signedFirst)
    {
        _words = new NativeBuffer<long>((LevelsPlace + (gadget.Level - 1) * LevelLength) / sizeof(long));
        long* words = _words.Pointer;
        words[0] = Offset(gadget, signedFirst ? 1 : 0);
        words[ShiftPlace / sizeof(long)] = 64 - gadget.BaseLog;
        words[CentrePlace / sizeof(long)] = BitConverter.DoubleToInt64Bits(TwoTo52 + (1L << (gadget.BaseLog - 1)));
        words[LevelBytesPlace / sizeof(long)] = (gadget.Level - 1) * LevelLength;
        for (int level = 1; level < gadget.Level; level++)
        {
            long* place = words + (LevelsPlace + (level - 1) * LevelLength) / sizeof(long);
            place[0] = (long)gadget.Factor(level + 1) << (gadget.BaseLog - 1);
            place[1] = gadget.BaseLog * level;
        }
    }

    /// <summary>The address of the first word.</summary>
    internal nint Address => (nint)_words.Pointer;

    /// <summary>
    /// Addend under which a digit is a plain field of the word: rounds to the gadget's bits, and lifts the digits from
    /// level <paramref name="firstLifted"/> (0-based) on by half the base.
    /// </summary>
    private static long Offset(GadgetDecomposition gadget, int firstLifted)
    {
        ulong offset = 1UL << (63 - gadget.Bits);
        for (int level = firstLifted; level < gadget.Level; level++)
            offset += gadget.Factor(level + 1) << (gadget.BaseLog - 1);
        return (long)offset;
    }
}
