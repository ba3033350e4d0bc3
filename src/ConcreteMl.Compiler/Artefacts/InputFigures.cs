namespace ConcreteMl.Artefacts;

/// <summary>What calibration saw of one input.</summary>
internal sealed record InputFigures(string Name, double Low, double High, double Mean);
