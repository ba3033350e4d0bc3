namespace ConcreteMl.Tuning;

/// <summary>A point of the search.</summary>
/// <param name="Quantization">How the model becomes integers.</param>
/// <param name="PError">The tolerated failure probability of each lookup; null: what the options say.</param>
internal sealed record Setting(Quantization Quantization, double? PError);
