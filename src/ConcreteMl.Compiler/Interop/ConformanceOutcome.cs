namespace ConcreteMl.Interop;

/// <summary>How one folder fared.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Passed">All outputs agree.</param>
/// <param name="Failure">What differs; null unless it failed.</param>
/// <param name="Largest">The largest difference, NaN where outputs cannot be compared; null unless it failed.</param>
/// <param name="Unsupported">The operator, attribute or element type that is not supported; null when all are.</param>
internal sealed record ConformanceOutcome(string Folder, bool Passed, string? Failure, double? Largest, string? Unsupported);
