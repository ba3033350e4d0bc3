using System.Numerics;

namespace ConcreteMl.Tfhe;

/// <summary>
/// The grid that a table's entries lie on: Lowest + c * 2^LogStep for codes c of as few bits as they need. Whatever an entry stands for, its
/// code fills half a turn while it is selected, and only the bootstrap that reads the code returns the entry.
/// </summary>
/// <param name="Bits">Bits of the codes, at least 1.</param>
/// <param name="Lowest">The entry of code 0.</param>
/// <param name="LogStep">log2 of the distance between two codes' entries.</param>
internal readonly record struct EntryGrid(int Bits, ulong Lowest, int LogStep)
{
    /// <summary>The grid of some torus words, read as signed.</summary>
    internal static EntryGrid Of(ReadOnlySpan<ulong> entries)
    {
        long lowest = long.MaxValue;
        long highest = long.MinValue;
        foreach (ulong entry in entries)
        {
            lowest = Math.Min(lowest, (long)entry);
            highest = Math.Max(highest, (long)entry);
        }
        ulong steps = 0;
        foreach (ulong entry in entries)
            steps |= entry - (ulong)lowest;
        int logStep = Math.Min(62, BitOperations.TrailingZeroCount(steps));
        ulong most = (ulong)highest - (ulong)lowest >> logStep;
        return new EntryGrid(Math.Max(1, 64 - BitOperations.LeadingZeroCount(most)), (ulong)lowest, logStep);
    }

    /// <summary>The phase, in [0, 1/2), of an entry's code.</summary>
    internal ulong Phase(ulong entry) => entry - Lowest >> LogStep << (63 - Bits);

    /// <summary>The entry of a code in [0, 2^Bits).</summary>
    internal ulong Entry(int code) => Lowest + ((ulong)code << LogStep);

    /// <summary>The table that reads a code.</summary>
    internal ulong[] Entries()
    {
        ulong[] entries = new ulong[1 << Bits];
        for (int code = 0; code < entries.Length; code++)
            entries[code] = Entry(code);
        return entries;
    }
}
