namespace ConcreteMl.Tuning;

/// <summary>What a setting costs.</summary>
/// <param name="Seconds">Predicted, of one sample on the cores that were asked for.</param>
/// <param name="KeyBytes">The evaluation key as it is stored or sent.</param>
internal sealed record SettingPrice(double Seconds, long KeyBytes);
