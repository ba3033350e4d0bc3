namespace ConcreteMl;

/// <summary>What a tuning target bounds.</summary>
public enum TuneMeasure
{
    /// <summary>The part of validation samples whose label is met, from 0 to 1: at least the target's value.</summary>
    Accuracy,

    /// <summary>The mean absolute error of the worst output over that output's standard deviation: at most the target's value.</summary>
    Error,

    /// <summary>Predicted seconds of one sample: at most the target's value; the error is made as small as it can be then.</summary>
    Seconds,

    /// <summary>Bytes of the evaluation key as it is stored or sent: at most the target's value; the error is made as small as it can be then.</summary>
    KeyBytes,
}
