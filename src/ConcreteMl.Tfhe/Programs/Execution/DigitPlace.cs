namespace ConcreteMl.Tfhe.Programs;

/// <summary>A digit of an exact rounding and where it lies: bits Lowest to Highest of the operand.</summary>
/// <param name="Lowest">Number of its lowest bit.</param>
/// <param name="Bits">Its bits.</param>
/// <param name="Class">Lookup class of its bootstraps.</param>
internal readonly record struct DigitPlace(int Lowest, int Bits, int Class)
{
    internal int Highest => Lowest + Bits - 1;

    /// <summary>Its bootstraps in order: whether each reads the sign of the highest bit, or else the table of the lower bits.</summary>
    internal IEnumerable<bool> Parts => Bits == 1 ? [true] : [true, false];
}
