using System.Text.Json.Serialization;

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

    /// <summary>As the command line spells it: "auto", "auto:approximate", "6:exact".</summary>
    public override string ToString() =>
        (IsAutomatic, Method) switch
        {
            (true, RoundingMethod.Exact) => "auto",
            (true, _) => "auto:approximate",
            (false, RoundingMethod.Exact) => $"{Bits}:exact",
            _ => $"{Bits}:approximate",
        };
}
