namespace ConcreteMl.Tfhe.Programs;

/// <summary>The noise of a simulated run: how much, and from which sequences.</summary>
internal sealed class SimulationModel
{
    private readonly double _freshDeviation;
    private readonly PhaseBootstrap[] _classes;

    internal SimulationModel(ParameterSet parameters, NoiseModel model, NoiseStreams streams)
    {
        _freshDeviation = parameters.BigKey.StandardDeviation;
        _classes = [.. parameters.Classes.Select((_, index) => new PhaseBootstrap(parameters, index, model))];
        Streams = streams;
    }

    internal NoiseStreams Streams { get; }

    /// <summary>Noise of a fresh encryption.</summary>
    internal ulong Fresh(SimulationNoise noise) => Torus.FromDouble(noise.NextGaussian() * _freshDeviation);

    internal PhaseBootstrap Class(int lookupClass) => _classes[lookupClass];
}
