using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ConcreteMl;

/// <summary>The range that the values of an input have in use, in place of what calibration data shows of it.</summary>
/// <param name="Input">The name of the model's input.</param>
/// <param name="Low">The lowest value.</param>
/// <param name="High">The highest value, above the lowest.</param>
public sealed record InputRange(string Input, double Low, double High)
{
    /// <summary>Reads <c>NAME=lo:hi</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out InputRange? range)
    {
        ArgumentNullException.ThrowIfNull(text);
        range = null;
        int equals = text.LastIndexOf('=');
        string[] ends = text[(equals + 1)..].Split(':');
        if (equals <= 0 || ends.Length != 2 || !Number(ends[0], out double low) || !Number(ends[1], out double high) || low >= high)
        {
            return false;
        }

        range = new InputRange(text[..equals], low, high);
        return true;
    }

    /// <summary>As it is written on a command line.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Input}={Low:R}:{High:R}");

    private static bool Number(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
}
