namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// Consecutive low bits that an exact rounding takes off together: the highest by the sign of its phase, the others, if any, by
/// a table of 2^(Bits−1) entries once it is gone.
/// </summary>
/// <param name="Bits">Bits of the digit, at least 1.</param>
/// <param name="Class">Lookup class of its bootstraps; ignored in programs without parameters.</param>
public readonly record struct RoundingDigit(int Bits, int Class)
{
    /// <summary>Bootstraps for one element.</summary>
    public int Bootstraps => Bits == 1 ? 1 : 2;
}
