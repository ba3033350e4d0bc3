namespace ConcreteMl.Tuning;

/// <summary>How well outputs agree with what is expected.</summary>
/// <param name="Error">Mean absolute error over the output's deviation, of the worst output.</param>
/// <param name="Accuracy">The part of labels that is met; null without labels.</param>
internal sealed record SettingScore(double Error, double? Accuracy)
{
    /// <summary>The worse of both in each measure.</summary>
    internal SettingScore Worse(SettingScore other) =>
        new(Math.Max(Error, other.Error), Accuracy is double mine && other.Accuracy is double others ? Math.Min(mine, others) : null);

    /// <summary>Whether the target bounds no score, or is met by this one.</summary>
    internal bool Meets(TuneTarget target) =>
        target.Measure switch
        {
            TuneMeasure.Accuracy => Accuracy >= target.Value,
            TuneMeasure.Error => Error <= target.Value,
            _ => true,
        };
}
