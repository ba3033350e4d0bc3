using ConcreteMl.Tuning;

namespace ConcreteMl;

/// <summary>A setting with its price, and how well it does in simulation.</summary>
/// <param name="Bits">Bits of codes and weights; not used by models that keep their own quantizers.</param>
/// <param name="Rounding">The rounding before lookups; null: none.</param>
/// <param name="PError">The tolerated failure probability of each lookup; null where a bound for the whole inference decides.</param>
/// <param name="PredictedSeconds">One sample on the cores that were asked for.</param>
/// <param name="EvaluationKeyBytes">The evaluation key as it is stored or sent.</param>
/// <param name="ErrorOverStd">The mean absolute error over the output's standard deviation, of the worst output and simulated run.</param>
/// <param name="Accuracy">
/// The part of labels that is met in the worst simulated run; where an accuracy is asked for on fewer than 100 samples, it and the error are
/// those of the mean run; null without labels.
/// </param>
public sealed record TunedSetting(
    QuantizationBits Bits,
    Rounding? Rounding,
    double? PError,
    double PredictedSeconds,
    long EvaluationKeyBytes,
    double ErrorOverStd,
    double? Accuracy
)
{
    /// <summary>Whether the setting is what a target asks for.</summary>
    public bool Meets(TuneTarget target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return target.Measure switch
        {
            TuneMeasure.Accuracy => Accuracy >= target.Value,
            TuneMeasure.Error => ErrorOverStd <= target.Value,
            TuneMeasure.Seconds or TuneMeasure.KeyBytes => target.Spent(Price) <= target.Value,
            _ => throw new ArgumentOutOfRangeException(nameof(target)),
        };
    }

    internal SettingPrice Price => new(PredictedSeconds, EvaluationKeyBytes);

    /// <summary>Of no higher price in what the target counts (<see cref="TuneTarget.Spent"/>), no less accurate, of no larger error, and better in one of them.</summary>
    internal bool Dominates(TunedSetting other, TuneTarget target)
    {
        (double mine, double others) = (target.Spent(Price), target.Spent(other.Price));
        bool asGood = mine <= others && ErrorOverStd <= other.ErrorOverStd && !(Accuracy < other.Accuracy);
        return asGood && (mine < others || ErrorOverStd < other.ErrorOverStd || Accuracy > other.Accuracy);
    }
}
