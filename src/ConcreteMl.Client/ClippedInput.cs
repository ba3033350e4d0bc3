namespace ConcreteMl;

/// <summary>How far one input of a run left the range that the model was calibrated for.</summary>
/// <param name="Name">The input.</param>
/// <param name="Count">Values outside the range, which took its nearest end.</param>
/// <param name="Values">All values of the input in that run.</param>
public sealed record ClippedInput(string Name, long Count, long Values);
