namespace ConcreteMl.Tfhe.Tests.Programs;

/// <summary>The complementary error function by numerical integration: slow, simple, good to 1e-9.</summary>
internal static class Erf
{
    internal static double Erfc(double x)
    {
        const int steps = 20000;
        double width = 8.0 / steps;
        double sum = 0.0;
        for (int i = 0; i < steps; i++)
        {
            double at = x + (i + 0.5) * width;
            sum += Math.Exp(-at * at);
        }
        return 2.0 / Math.Sqrt(Math.PI) * sum * width;
    }

    /// <summary>x with erfc(x) = <paramref name="probability"/>, between 0 and 6.</summary>
    internal static double InverseErfc(double probability)
    {
        double low = 0.0;
        double high = 6.0;
        for (int i = 0; i < 60; i++)
        {
            double middle = 0.5 * (low + high);
            if (Erfc(middle) > probability)
                low = middle;
            else
                high = middle;
        }
        return 0.5 * (low + high);
    }
}
