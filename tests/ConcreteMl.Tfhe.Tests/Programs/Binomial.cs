using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests.Programs;

internal static class Binomial
{
    /// <summary>Asserts that a count lies within five standard deviations of its expectation, give or take a model error.</summary>
    /// <param name="count">Events met.</param>
    /// <param name="trials">Independent trials.</param>
    /// <param name="probability">Predicted probability.</param>
    /// <param name="slack">Absolute error allowed in the prediction.</param>
    internal static void AssertPlausible(long count, long trials, double probability, double slack = 0.0)
    {
        double width = 5.0 * Math.Sqrt(trials * probability * (1.0 - probability)) + slack * trials;
        Assert.That(count, Is.EqualTo(trials * probability).Within(width));
    }
}
