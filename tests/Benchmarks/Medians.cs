namespace Benchmarks;

/// <summary>Order statistics of measured times.</summary>
internal static class Medians
{
    /// <summary>The middle value; the mean of the two middle ones of an even number.</summary>
    internal static double Median(this IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2.0;
    }

    /// <summary>The 10th percentile, which other work on the machine disturbs least.</summary>
    internal static double Fast(this IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 10];
    }
}
