namespace ConcreteMl;

/// <summary>How far a compilation is.</summary>
/// <param name="Step">The name of the running step.</param>
/// <param name="Fraction">The part of the whole that is done, from 0 to 1.</param>
public sealed record CompileProgress(string Step, double Fraction);
