namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// Words of exact rounding at width p: bit t of a phase is raised to half a turn, a quarter turn is added, and the sign that
/// the constant table returns, plus half a bit, is the bit itself in its own place, to be subtracted.
/// </summary>
/// <param name="bits">Width p of the operand.</param>
/// <param name="drop">Bits dropped.</param>
internal readonly struct BitExtraction(int bits, int drop)
{
    /// <summary>Half of the rounded step: 2^(drop−1) steps of the operand.</summary>
    internal ulong Centring => 1UL << (62 - bits + drop);

    /// <summary>Places by which bit t is raised to half a turn.</summary>
    internal int Raise(int bit) => bits - bit;

    /// <summary>Half of bit t in its own place.</summary>
    internal ulong HalfBit(int bit) => 1UL << (62 - bits + bit);

    /// <summary>Bit t of an exact phase whose lower bits are already gone.</summary>
    internal bool IsSet(ulong phase, int bit) => ((phase >> (63 - bits + bit)) & 1) != 0;
}
