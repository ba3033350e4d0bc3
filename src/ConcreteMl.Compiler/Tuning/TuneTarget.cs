using System.Globalization;

namespace ConcreteMl;

/// <summary>What a tuned module has to reach, as simulated on validation data; among what reaches it, the fastest is chosen.</summary>
/// <param name="Measure">What is bounded.</param>
/// <param name="Value">The bound: a part of 1 for an accuracy, of the output's deviation for an error, seconds for a time.</param>
public sealed record TuneTarget(TuneMeasure Measure, double Value)
{
    /// <summary>At least this part of the labels is met.</summary>
    public static TuneTarget Accuracy(double atLeast) => new(TuneMeasure.Accuracy, atLeast);

    /// <summary>At most this error, as a multiple of the output's standard deviation.</summary>
    public static TuneTarget Error(double atMost) => new(TuneMeasure.Error, atMost);

    /// <summary>At most this predicted time of one sample.</summary>
    public static TuneTarget Seconds(double atMost) => new(TuneMeasure.Seconds, atMost);

    /// <summary>Reads "accuracy=0.96", "error=0.03" or "seconds=0.5".</summary>
    /// <exception cref="CompilationException">The text says no target (CML6029).</exception>
    public static TuneTarget Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split('=');
        TuneMeasure? measure = parts[0].Trim() switch
        {
            "accuracy" => TuneMeasure.Accuracy,
            "error" => TuneMeasure.Error,
            "seconds" => TuneMeasure.Seconds,
            _ => null,
        };
        bool sound = parts.Length == 2 & double.TryParse(parts[^1], NumberStyles.Float, CultureInfo.InvariantCulture, out double value);
        TuneTarget? target = measure is TuneMeasure known && sound ? new TuneTarget(known, value) : null;
        return target is { IsSound: true }
            ? target
            : throw new CompilationException(
                Diagnostic.Error(
                    "CML6029",
                    "target",
                    $"'{text}' is no target",
                    "accuracy=A with A from 0 to 1, error=E or seconds=S with a number above 0",
                    "Write --target accuracy=0.96, --target error=0.03 or --target seconds=0.5"
                )
            );
    }

    /// <summary>As <see cref="Parse"/> reads it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Measure.ToString().ToLowerInvariant()}={Value}");

    internal bool IsSound =>
        Enum.IsDefined(Measure) && double.IsFinite(Value) && (Measure == TuneMeasure.Accuracy ? Value is >= 0 and <= 1 : Value > 0);
}
