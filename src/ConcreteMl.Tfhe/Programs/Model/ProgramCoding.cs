namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// The affine meaning of codes: real = scale · (code − zero), element by element. Scales and zeros have one shape, which
/// broadcasts to the value's by NumPy's rule; zeros need not be integers.
/// </summary>
/// <param name="Scales">Finite scales, positive in inputs and nonzero in outputs, row-major over <paramref name="Shape"/>.</param>
/// <param name="Zeros">Finite zeros, as many as scales.</param>
/// <param name="Shape">Shape of scales and zeros; empty for one of each.</param>
/// <param name="Low">Lowest code that quantization produces; real values below are clipped.</param>
/// <param name="High">Highest code that quantization produces; real values above are clipped.</param>
/// <param name="Element">Element type of the real tensor; quantization and dequantization compute in it.</param>
/// <param name="Rounding">How quantization rounds.</param>
/// <param name="Beyond">
/// So many codes below the lowest and above the highest, values are clipped, and still such as calibration met: as many as scales, or none
/// where that is 0 for all.
/// </param>
public sealed record ProgramCoding(
    double[] Scales,
    double[] Zeros,
    int[] Shape,
    long Low,
    long High,
    RealElement Element,
    RealRounding Rounding = RealRounding.HalfEven,
    double[]? Beyond = null
)
{
    /// <summary>How far beyond the ends a code of an entry of scales may lie, for calibration to have met its like.</summary>
    internal double BeyondOf(int entry) => Beyond is { Length: > 0 } ? Beyond[entry] : 0.0;
}
