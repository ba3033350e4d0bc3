using System.Text.Json.Serialization;
using ConcreteMl.Interop;

namespace ConcreteMl;

/// <summary>Accumulators wider than <paramref name="Bits"/> are rounded to that width before a lookup.</summary>
/// <param name="Bits">The width that lookups read, from 1 to 16: an upper bound, narrower accumulators are not rounded.</param>
/// <param name="Method">How the low bits are dropped.</param>
public sealed record Rounding(int Bits, RoundingMethod Method = RoundingMethod.Exact)
{
    private const int NoBound = 16;

    /// <summary>
    /// The compiler chooses: the setting, exact or none at all, with the least predicted time that runs encrypted and has at most a
    /// tenth more error on the calibration data than no rounding; <see cref="CircuitReport.Rounding"/> says what it chose.
    /// </summary>
    public static Rounding Auto { get; } = new(NoBound) { IsAutomatic = true };

    /// <summary>As <see cref="Auto"/>, with approximate rounding among the settings.</summary>
    public static Rounding AutoApproximate { get; } = new(NoBound, RoundingMethod.Approximate) { IsAutomatic = true };

    /// <summary>Whether the compiler chooses the bits: <see cref="Auto"/> and <see cref="AutoApproximate"/>.</summary>
    [JsonIgnore]
    public bool IsAutomatic { get; private init; }

    /// <summary>
    /// How many times as large as possible the mean squared bin may be, from 1 on. Values are multiplied by whole numbers before their low bits are
    /// dropped, so that bins fit their ranges: finer bins take larger numbers, and more bits are dropped. Not used where the compiler chooses.
    /// </summary>
    public double BinLoss
    {
        get;
        init => field = value == 0.0 ? CoreOptions.StandardBinLoss : value; // artefacts of earlier compilers have none
    } = CoreOptions.StandardBinLoss;

    /// <summary>As the command line spells it: "auto", "auto:approximate", "6:exact", with other bins than usual "6:exact:2.5".</summary>
    public override string ToString()
    {
        string method = Method == RoundingMethod.Exact ? "exact" : "approximate";
        if (IsAutomatic)
        {
            return Method == RoundingMethod.Exact ? "auto" : $"auto:{method}";
        }

        string bins = BinLoss.Equals(CoreOptions.StandardBinLoss) ? "" : FormattableString.Invariant($":{BinLoss:R}");
        return $"{Bits}:{method}{bins}";
    }
}
