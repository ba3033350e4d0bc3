namespace ConcreteMl.Tuning;

/// <summary>The scores of simulated runs of one setting, as far as a target asks for them.</summary>
/// <param name="target">What has to be met.</param>
/// <param name="samples">How many samples a run has.</param>
internal sealed class RunScores(TuneTarget target, int samples)
{
    // Where errors are compared, the worst of few runs tells settings apart.
    private const int Runs = 3;

    // What meets a target in all of so many runs misses it in the next one with a chance of 1 in 17 (the rule of succession); of three runs
    // it was one in four: keras_fc for an error of .03 had .030, .025, .036 and .032 with four other seeds.
    private const int RunsToMeet = 16;

    // One of fewer samples alone moves an accuracy by more than a hundredth, and nearly every setting misses its target in some run: big_vgg's
    // 20 samples have .55 to .70 at its fastest settings and .60 to .70 at 1.25 times their seconds, around the file's own .65.
    private const int FewSamples = 100;

    // A mean so many standard errors short of the target will not meet it.
    private const double Hopeless = 2.0;

    private readonly List<SettingScore> scores = [];

    private bool TakesMean => target.Measure == TuneMeasure.Accuracy && samples < FewSamples;

    /// <summary>The worst score, or the mean one where accuracies of few samples are asked for.</summary>
    internal SettingScore Result => TakesMean ? Mean : scores.Aggregate((one, other) => one.Worse(other));

    /// <summary>Whether another run could still change whether the target is met.</summary>
    internal bool AsksForMore =>
        scores.Count == 0 || (scores.Count < (target.BoundsPrice ? Runs : RunsToMeet) && (TakesMean ? !IsHopeless : Result.Meets(target)));

    private SettingScore Mean => new(scores.Average(one => one.Error), scores.Average(one => one.Accuracy));

    private bool IsHopeless
    {
        get
        {
            double mean = scores.Average(one => one.Accuracy ?? 0.0);
            // noise changes some of the samples at most: drawn anew, all of them would vary so much from run to run
            double variance =
                scores.Count < Runs
                    ? mean * (1.0 - mean) / samples
                    : scores.Sum(one => Math.Pow((one.Accuracy ?? 0.0) - mean, 2.0)) / (scores.Count - 1);
            return mean + Hopeless * Math.Sqrt(variance / scores.Count) < target.Value;
        }
    }

    /// <summary>Takes another run's score.</summary>
    internal void Add(SettingScore score) => scores.Add(score);
}
