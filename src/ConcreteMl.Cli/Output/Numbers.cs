using System.Globalization;

namespace ConcreteMl.Cli.Output;

/// <summary>How figures are printed for people.</summary>
internal static class Numbers
{
    internal static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    internal static string Seconds(double seconds) =>
        seconds switch
        {
            < 1e-3 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e6:0} µs"),
            < 1 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e3:0.#} ms"),
            < 120 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s"),
            < 7200 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0.0} min"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.0} h"),
        };

    internal static string Bytes(long bytes) =>
        bytes switch
        {
            < 1 << 10 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
            < 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.0} KiB"),
            < 1 << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.0} MiB"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1073741824.0:0.00} GiB"),
        };

    /// <summary>As a power of two, which is how parameters are chosen.</summary>
    internal static string Probability(double? probability) =>
        probability switch
        {
            null => "-",
            0 => "0",
            double value => string.Create(CultureInfo.InvariantCulture, $"2^{Math.Log2(value):0.0}"),
        };

    internal static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.0} %");

    internal static string Figure(double? value) => value?.ToString("G4", CultureInfo.InvariantCulture) ?? "-";
}
