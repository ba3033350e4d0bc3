namespace ConcreteMl.Tfhe.Programs;

/// <summary>A wide lookup of one class on noisy phases: bits from the lowest on, each taken away as it was read, and the selected entry's noise.</summary>
internal sealed class WidePhase(BigKeyParameters big, LookupClassParameters lookup, NoiseModel model)
{
    private const ulong Quarter = 1UL << 62;
    private readonly double _bitDeviation = Math.Sqrt(model.WideBitVariance(big, lookup));
    private readonly double _extractedDeviation = Math.Sqrt(model.BlindRotationVariance(big, lookup));
    private readonly double[] _selectedDeviations =
    [
        .. Enumerable
            .Range(0, LookupClassParameters.MostWideBits + 1)
            .Select(bits => Math.Sqrt(model.WideSelectionVariance(big, lookup, bits))),
    ];

    /// <summary>The code of <paramref name="bits"/> bits, the padding bit above them, that a phase is read as.</summary>
    internal int Code(ulong phase, int bits, SimulationNoise noise)
    {
        int logModulus = lookup.Wide!.LogModulus(big);
        int code = 0;
        for (int bit = 0; bit <= bits; bit++)
        {
            ulong raised = (phase << (bits - bit)) + Quarter + Torus.FromDouble(noise.NextGaussian() * _bitDeviation);
            int read = CenteredModulusSwitch.SwitchPhase(raised, logModulus) >> (logModulus - 1);
            code |= read << bit;
            phase -= ((ulong)read << (63 - bits + bit)) + Torus.FromDouble(noise.NextGaussian() * _extractedDeviation);
        }
        return code;
    }

    /// <summary>A selected code's phase with the noise of its selection by <paramref name="bits"/> bits.</summary>
    internal ulong Selected(ulong word, int bits, SimulationNoise noise) =>
        word + Torus.FromDouble(noise.NextGaussian() * _selectedDeviations[bits]);
}
