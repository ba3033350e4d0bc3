namespace ConcreteMl;

/// <summary>How far a run is.</summary>
/// <param name="Step">What is going on: making keys, or the layer that runs.</param>
/// <param name="Fraction">The part of the step that is done, from 0 to 1.</param>
public sealed record RunProgress(string Step, double Fraction);
