namespace ConcreteMl;

/// <summary>A setting of the rounding and what it costs.</summary>
/// <param name="Rounding">The setting; null: no rounding.</param>
/// <param name="PredictedSeconds">One sample on one core; null without parameters.</param>
/// <param name="ErrorOverStd">
/// Mean absolute difference to the unquantized model in clear, over the standard deviation of its output, of the worst output; on up
/// to 100 calibration samples. A network with quantizers of its own (<see cref="CompileOptions.ImportQat"/>) is compared with itself
/// without these quantizers, so that its own error counts.
/// </param>
public sealed record PricedRounding(Rounding? Rounding, double? PredictedSeconds, double ErrorOverStd);
