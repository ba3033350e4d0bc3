using System.Globalization;
using ConcreteMl.Tuning;

namespace ConcreteMl;

/// <summary>
/// What a tuned module has to reach, as simulated on validation data: of what reaches an accuracy or an error the fastest is chosen, of what
/// keeps to a time or a size of keys the one of least error.
/// </summary>
/// <param name="Measure">What is bounded.</param>
/// <param name="Value">The bound: a part of 1 for an accuracy, of the output's deviation for an error, seconds for a time, bytes for a key.</param>
public sealed record TuneTarget(TuneMeasure Measure, double Value)
{
    private static readonly (string Name, TuneMeasure Measure)[] Names =
    [
        ("accuracy", TuneMeasure.Accuracy),
        ("error", TuneMeasure.Error),
        ("seconds", TuneMeasure.Seconds),
        ("key", TuneMeasure.KeyBytes),
    ];

    private static readonly (string Suffix, double Bytes)[] Units =
    [
        ("kB", 1e3),
        ("MB", 1e6),
        ("GB", 1e9),
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("", 1.0),
    ];

    /// <summary>At least this part of the labels is met.</summary>
    public static TuneTarget Accuracy(double atLeast) => new(TuneMeasure.Accuracy, atLeast);

    /// <summary>At most this error, as a multiple of the output's standard deviation.</summary>
    public static TuneTarget Error(double atMost) => new(TuneMeasure.Error, atMost);

    /// <summary>At most this predicted time of one sample.</summary>
    public static TuneTarget Seconds(double atMost) => new(TuneMeasure.Seconds, atMost);

    /// <summary>At most this size of the evaluation key as it is stored or sent.</summary>
    public static TuneTarget KeyBytes(long atMost) => new(TuneMeasure.KeyBytes, atMost);

    /// <summary>Reads "accuracy=0.96", "error=0.03", "seconds=0.5" or "key=12MB" (kB, MB, GB, KiB, MiB, GiB, or bytes).</summary>
    /// <exception cref="CompilationException">The text says no target (CML6029).</exception>
    public static TuneTarget Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split('=');
        (string name, TuneMeasure measure) = Names.FirstOrDefault(pair => pair.Name == parts[0].Trim());
        string number = parts[^1].Trim();
        (string suffix, double unit) =
            measure == TuneMeasure.KeyBytes ? Units.First(one => number.EndsWith(one.Suffix, StringComparison.Ordinal)) : Units[^1];
        bool sound = double.TryParse(number[..^suffix.Length], NumberStyles.Float, CultureInfo.InvariantCulture, out double value);
        TuneTarget? target = name is not null && parts.Length == 2 && sound ? new TuneTarget(measure, value * unit) : null;
        return target is { IsSound: true }
            ? target
            : throw new CompilationException(
                Diagnostic.Error(
                    "CML6029",
                    "target",
                    $"'{text}' is no target",
                    "accuracy=A with A from 0 to 1, error=E, seconds=S or key=SIZE with a number above 0",
                    "Write --target accuracy=0.96, --target error=0.03, --target seconds=0.5 or --target key=12MB"
                )
            );
    }

    /// <summary>As <see cref="Parse"/> reads it.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Names.FirstOrDefault(pair => pair.Measure == Measure).Name ?? $"{Measure}"}={Value}"
        );

    /// <summary>Whether a price is bounded, and the error made as small as it can be; otherwise the time is.</summary>
    internal bool BoundsPrice => Measure is TuneMeasure.Seconds or TuneMeasure.KeyBytes;

    /// <summary>What a price comes to in what the target counts: bytes of a key, or else seconds.</summary>
    internal double Spent(SettingPrice price) => Measure == TuneMeasure.KeyBytes ? price.KeyBytes : price.Seconds;

    internal bool IsSound =>
        Enum.IsDefined(Measure) && double.IsFinite(Value) && (Measure == TuneMeasure.Accuracy ? Value is >= 0 and <= 1 : Value > 0);
}
