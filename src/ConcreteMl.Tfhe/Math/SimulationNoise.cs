namespace ConcreteMl.Tfhe;

/// <summary>
/// Repeatable Gaussian draws for simulated runs (xoshiro256** and the polar method). Not a cryptographic generator:
/// encryption and key generation take a <see cref="SeedSource"/> and cannot be given one of these.
/// </summary>
public sealed class SimulationNoise
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;
    private double _spare = double.NaN;

    /// <summary>Starts the sequence number <paramref name="stream"/> of <paramref name="seed"/>; equal pairs give equal draws.</summary>
    public SimulationNoise(ulong seed, ulong stream = 0)
    {
        ulong state = seed ^ (stream * 0xD1342543DE82EF95UL);
        _s0 = Mix(ref state);
        _s1 = Mix(ref state);
        _s2 = Mix(ref state);
        _s3 = Mix(ref state);
    }

    /// <summary>A uniform word.</summary>
    public ulong NextWord()
    {
        ulong result = ulong.RotateLeft(_s1 * 5, 7) * 9;
        ulong shifted = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = ulong.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>A torus word drawn from the centred Gaussian of torus variance <paramref name="variance"/>.</summary>
    public ulong NextTorus(double variance) => Torus.FromDouble(NextGaussian() * Math.Sqrt(variance));

    /// <summary>A standard Gaussian.</summary>
    public double NextGaussian()
    {
        if (!double.IsNaN(_spare))
        {
            double kept = _spare;
            _spare = double.NaN;
            return kept;
        }
        while (true)
        {
            double u = (long)NextWord() * (1.0 / 9223372036854775808.0);
            double v = (long)NextWord() * (1.0 / 9223372036854775808.0);
            double r = u * u + v * v;
            if (r is <= 0.0 or >= 1.0)
                continue;
            double factor = Math.Sqrt(-2.0 * Math.Log(r) / r);
            _spare = v * factor;
            return u * factor;
        }
    }

    private static ulong Mix(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15UL;
        ulong z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
