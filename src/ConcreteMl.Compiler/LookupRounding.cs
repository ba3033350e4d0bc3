namespace ConcreteMl;

/// <summary>How the lookups of one value are rounded, where that is not the rounding of all others.</summary>
/// <param name="Node">The ONNX node of a lookup that reads the value.</param>
/// <param name="Value">The number of the value in the planned stage's text, in which roundings are planned.</param>
/// <param name="Rounding">The rounding; null: none.</param>
public sealed record LookupRounding(string Node, int Value, Rounding? Rounding);
