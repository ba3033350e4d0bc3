namespace ConcreteMl.Tfhe;

/// <summary>Points on the unit circle at exact binary fractions of a turn, correct to the last place of a double.</summary>
internal static class RootOfUnity
{
    /// <summary>log2 of the number of steps in one turn.</summary>
    internal const int LogTurn = 40;

    /// <summary>One turn.</summary>
    internal const long Turn = 1L << LogTurn;

    /// <summary>Cosine and sine of <paramref name="angle"/> / 2^40 of a turn; octant symmetry keeps the argument below pi/4.</summary>
    internal static (double Cosine, double Sine) At(long angle)
    {
        const long eighth = Turn / 8;
        long reduced = angle & (Turn - 1);
        long octant = reduced / eighth;
        long offset = reduced - octant * eighth;
        bool mirrored = (octant & 1) != 0;
        double theta = (mirrored ? eighth - offset : offset) * (2.0 * Math.PI / Turn);
        (double sine, double cosine) = Math.SinCos(theta);
        // position inside the quadrant, then the quadrant
        (double x, double y) = mirrored ? (sine, cosine) : (cosine, sine);
        return (octant >> 1) switch
        {
            0 => (x, y),
            1 => (-y, x),
            2 => (-x, -y),
            _ => (y, -x),
        };
    }
}
