namespace ConcreteMl.Tfhe;

/// <summary>
/// The smallest safe noise as a function of the dimension, for binary keys over a 64-bit torus:
/// log2 of the standard deviation is a line in the dimension, never below four units in the last place.
/// </summary>
/// <param name="Tag">Version tag that key files carry; an unknown tag is refused on load.</param>
/// <param name="Bits">Claimed security in bits.</param>
/// <param name="Slope">Slope of the line, in bits per dimension.</param>
/// <param name="Bias">Value of the line at dimension zero, in bits.</param>
/// <param name="MinimumDimension">Dimensions below this one have no claim and are refused.</param>
public sealed record SecurityCurve(string Tag, int Bits, double Slope, double Bias, int MinimumDimension)
{
    private const double LogFloor = -62.0;

    /// <summary>128 bits, lattice-estimator lines of June 2024.</summary>
    public static SecurityCurve Bits128 { get; } = new("gaussian-128-2024-06", 128, -0.025696778711484593, 2.675931372549016, 450);

    /// <summary>132 bits, lattice-estimator lines of December 2024. The default.</summary>
    public static SecurityCurve Bits132 { get; } = new("gaussian-132-2024-12", 132, -0.024891456582633045, 2.65734593837534, 450);

    /// <summary>No security at all: lets tests use small dimensions and no noise. Refused by key files.</summary>
    internal static SecurityCurve NoneForTests { get; } = new("none-for-tests", 0, 0.0, double.NegativeInfinity, 1);

    /// <summary>Smallest safe standard deviation on the torus (1 = one turn) at <paramref name="dimension"/>.</summary>
    public double StandardDeviation(int dimension)
    {
        if (dimension < MinimumDimension)
            throw new ArgumentOutOfRangeException(nameof(dimension), dimension, $"the {Tag} curve starts at dimension {MinimumDimension}");
        return double.IsNegativeInfinity(Bias) ? 0.0 : Math.Pow(2.0, Math.Max(Slope * dimension + Bias, LogFloor));
    }

    /// <summary>The published curve with this tag, or null when the tag is unknown.</summary>
    public static SecurityCurve? FromTag(string tag) =>
        tag == Bits128.Tag ? Bits128
        : tag == Bits132.Tag ? Bits132
        : null;
}
