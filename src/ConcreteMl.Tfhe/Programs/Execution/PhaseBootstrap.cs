namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// A bootstrap of one lookup class on noisy phases: key switch and mask rounding as Gaussian draws, then the same integer
/// cells and boxes as the real one, then the blind rotation's noise. Noise and rounding interact as they do on ciphertexts.
/// </summary>
internal sealed class PhaseBootstrap
{
    private readonly double _deviationBefore;
    private readonly double _deviationAfter;
    private readonly int _logModulus;
    private readonly WidePhase? _wide;

    /// <param name="parameters">The program's parameters.</param>
    /// <param name="lookupClass">The class.</param>
    /// <param name="model">Noise variances.</param>
    /// <param name="tables">Tables that one bootstrap looks up.</param>
    internal PhaseBootstrap(ParameterSet parameters, int lookupClass, NoiseModel model, int tables = 1)
    {
        LookupClassParameters lookup = parameters.Classes[lookupClass];
        BigKeyParameters big = parameters.BigKey;
        // both are added before the phase is floored to its cell, so one draw of their summed variance does
        _deviationBefore = Math.Sqrt(model.KeySwitchVariance(big, lookup) + model.ModulusSwitchVariance(big, lookup, tables));
        _deviationAfter = Math.Sqrt(model.BlindRotationVariance(big, lookup));
        _logModulus = CenteredModulusSwitch.LogModulus(big, lookup, tables);
        if (lookup.Wide is not null)
            _wide = new WidePhase(big, lookup, model);
    }

    /// <summary>The table position in [0, 2^(p+1)) that the bootstrap reads for a phase already moved by a quarter turn.</summary>
    internal int Position(ulong phase, TorusStep step, SimulationNoise noise) =>
        _wide is { } wide ? wide.Code(phase, step.Bits, noise) : Read(phase, step, noise);

    private int Read(ulong phase, TorusStep step, SimulationNoise noise)
    {
        ulong noisy = phase + Torus.FromDouble(noise.NextGaussian() * _deviationBefore);
        return step.PositionOfCell(CenteredModulusSwitch.SwitchPhase(noisy, _logModulus), _logModulus - 1);
    }

    /// <summary>
    /// What the bootstrap reads of a digit raised to the top, in [0, 2^Bits): for the sign part, either value whose highest bit is
    /// the one found.
    /// </summary>
    internal int Digit(ulong phase, DigitPlace digit, bool isSign, SimulationNoise noise)
    {
        if (!isSign)
            return Position(phase, new TorusStep(digit.Bits - 1, 0), noise);
        ulong noisy = phase + DigitExtraction.HalfStep(digit) + Torus.FromDouble(noise.NextGaussian() * _deviationBefore);
        int upper = CenteredModulusSwitch.SwitchPhase(noisy, _logModulus) >> (_logModulus - 1);
        return upper << (digit.Bits - 1);
    }

    /// <summary>The word that a table returned, with the noise of the blind rotation.</summary>
    internal ulong WithNoise(ulong word, SimulationNoise noise) => word + Torus.FromDouble(noise.NextGaussian() * _deviationAfter);

    /// <summary>What a lookup returns of the entry of one of its tables at a position in [0, 2^(bits + 1)).</summary>
    internal ulong Result(LookupPlan lookup, int table, int position, SimulationNoise noise)
    {
        if (_wide is not { } wide)
            return WithNoise(lookup.Read(table, position), noise);
        EntryGrid grid = lookup.Grid(table);
        int padding = position >> lookup.InputBits;
        ulong entry = lookup.Read(table, position - (padding << lookup.InputBits));
        ulong selected = wide.Selected(grid.Phase(entry) + ((ulong)padding << 63), lookup.InputBits, noise);
        int code = Read(selected, new TorusStep(grid.Bits, 0), noise);
        int size = 1 << grid.Bits;
        return WithNoise(code < size ? grid.Entry(code) : 0 - grid.Entry(code - size), noise);
    }
}
