namespace ConcreteMl.Tuning;

/// <summary>How a model becomes integers.</summary>
/// <param name="Bits">Bits of codes and weights.</param>
/// <param name="Rounding">The rounding before lookups; null: none.</param>
internal sealed record Quantization(QuantizationBits Bits, Rounding? Rounding);
