namespace ConcreteMl.Tfhe.Programs;

/// <summary>The noise of a simulated run: how much, and from which sequences.</summary>
internal sealed class SimulationModel
{
    private readonly ParameterSet _parameters;
    private readonly NoiseModel _model;
    private readonly double _freshDeviation;
    private readonly PhaseBootstrap[] _classes;
    private readonly double[] _compressionDeviations;

    internal SimulationModel(ParameterSet parameters, NoiseModel model, NoiseStreams streams)
    {
        (_parameters, _model) = (parameters, model);
        _freshDeviation = parameters.BigKey.StandardDeviation;
        _classes = [.. parameters.Classes.Select((_, index) => new PhaseBootstrap(parameters, index, model))];
        _compressionDeviations =
        [
            .. Enumerable
                .Range(1, parameters.Compression?.PolynomialSize ?? 0)
                .Select(packed => Math.Sqrt(model.CompressionVariance(parameters.BigKey, parameters.Compression!, packed))),
        ];
        Streams = streams;
    }

    internal NoiseStreams Streams { get; }

    /// <summary>Noise of a fresh encryption.</summary>
    internal ulong Fresh(SimulationNoise noise) => Torus.FromDouble(noise.NextGaussian() * _freshDeviation);

    internal PhaseBootstrap Class(int lookupClass) => _classes[lookupClass];

    /// <summary>Noise of the compression of value <paramref name="index"/> of <paramref name="count"/> outputs; none where there is none.</summary>
    internal ulong Compression(int index, int count, SimulationNoise noise) =>
        _parameters.Compression is { } compression
            ? Torus.FromDouble(noise.NextGaussian() * _compressionDeviations[compression.Packed(index, count) - 1])
            : 0;

    /// <summary>Bootstraps of a class that look up several tables each.</summary>
    internal PhaseBootstrap Class(int lookupClass, int tables) => new(_parameters, lookupClass, _model, tables);
}
