using ConcreteMl.Tuning;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>How many simulated runs a tuning makes of a setting, and what it takes them for.</summary>
public sealed class TuneRunsTests
{
    private static readonly TuneTarget Accuracy = TuneTarget.Accuracy(0.64);

    [Test]
    public void The_mean_run_decides_about_an_accuracy_of_few_samples()
    {
        (int runs, SettingScore score) = Take(Accuracy, 20, 0.6, 0.65, 0.7, 0.65);
        Assert.That(runs, Is.EqualTo(16));
        Assert.That(score.Accuracy, Is.EqualTo(0.65).Within(1e-9));
        Assert.That(score.Meets(Accuracy));
    }

    [TestCase(20, 0.5, 3)]
    [TestCase(20, 0.25, 1)]
    [TestCase(200, 0.5, 1)]
    public void Runs_end_where_a_target_is_out_of_reach(int samples, double accuracy, int expected)
    {
        (int runs, SettingScore score) = Take(Accuracy, samples, accuracy, accuracy + 0.05, accuracy - 0.05);
        Assert.That(runs, Is.EqualTo(expected));
        Assert.That(score.Meets(Accuracy), Is.False);
    }

    [Test]
    public void Of_many_samples_every_run_meets_the_target()
    {
        Assert.That(Take(Accuracy, 100, 0.65, 0.7).Runs, Is.EqualTo(16));
        (int runs, SettingScore score) = Take(Accuracy, 100, 0.65, 0.65, 0.63, 0.7);
        Assert.That((runs, score.Accuracy), Is.EqualTo((3, 0.63)));
    }

    [Test]
    public void Errors_are_those_of_the_worst_run_however_few_the_samples()
    {
        TuneTarget error = TuneTarget.Error(0.5);
        (int runs, SettingScore score) = Take(error, 20, 0.65, 0.7, 0.45);
        Assert.That(runs, Is.EqualTo(3));
        Assert.That(score.Error, Is.EqualTo(0.55).Within(1e-9));
    }

    [Test]
    public void Where_a_price_is_bounded_three_runs_tell_settings_apart() =>
        Assert.That(Take(TuneTarget.Seconds(1.0), 20, 0.1).Runs, Is.EqualTo(3));

    /// <summary>Runs of these accuracies in turn, whose errors are what is missing to 1.</summary>
    private static (int Runs, SettingScore Score) Take(TuneTarget target, int samples, params double[] accuracies)
    {
        RunScores scores = new(target, samples);
        int runs = 0;
        for (; scores.AsksForMore; runs++)
        {
            double accuracy = accuracies[runs % accuracies.Length];
            scores.Add(new SettingScore(1.0 - accuracy, accuracy));
        }

        return (runs, scores.Result);
    }
}
