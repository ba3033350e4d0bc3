namespace ConcreteMl.Tfhe.Programs;

/// <summary>The noise of a simulated run: how much, and from which sequences.</summary>
internal sealed class SimulationModel
{
    private readonly ParameterSet _parameters;
    private readonly NoiseModel _model;
    private readonly double _freshDeviation;
    private readonly PhaseBootstrap[] _classes;

    internal SimulationModel(ParameterSet parameters, NoiseModel model, NoiseStreams streams)
    {
        (_parameters, _model) = (parameters, model);
        _freshDeviation = parameters.BigKey.StandardDeviation;
        _classes = [.. parameters.Classes.Select((_, index) => new PhaseBootstrap(parameters, index, model))];
        Streams = streams;
    }

    internal NoiseStreams Streams { get; }

    /// <summary>Noise of a fresh encryption.</summary>
    internal ulong Fresh(SimulationNoise noise) => Torus.FromDouble(noise.NextGaussian() * _freshDeviation);

    internal PhaseBootstrap Class(int lookupClass) => _classes[lookupClass];

    /// <summary>Bootstraps of a class that look up several tables each.</summary>
    internal PhaseBootstrap Class(int lookupClass, int tables) => new(_parameters, lookupClass, _model, tables);
}
