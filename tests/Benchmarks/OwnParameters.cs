using System.Text.Json.Nodes;
using ConcreteMl.Compiler.Core.Base;
using ConcreteMl.Compiler.Core.Circuit;
using ConcreteMl.Tfhe;
using Microsoft.FSharp.Collections;
using Core = ConcreteMl.Compiler.Core.Circuit;
using SecurityCurve = ConcreteMl.Tfhe.SecurityCurve;

namespace Benchmarks;

/// <summary>What the compiler's own optimizer chooses for a circuit of lookups of one width.</summary>
/// <param name="Set">The parameters.</param>
/// <param name="FailureLog2">log2 of the predicted failure probability of a lookup.</param>
/// <param name="PredictedMs">Key switch and bootstrap on one core as the optimizer's time model says, milliseconds.</param>
internal sealed record OwnParameters(ParameterSet Set, double FailureLog2, double PredictedMs)
{
    // so many lookups that the seconds of key generation, which the optimizer weighs in, do not count
    private const long Lookups = 1_000_000;

    /// <summary>
    /// Fastest parameters for lookups of <paramref name="bits"/> bits with results of <paramref name="resultBits"/> whose operands are sums of lookup results with weights of
    /// 2-norm <paramref name="norm"/>, each failing with probability at most <paramref name="bound"/>, on the curve for
    /// <paramref name="security"/> bits (128 or 132), keys being switched in the Fourier domain or by inner products; for lookups that come
    /// one by one, or for batches.
    /// </summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    internal static OwnParameters Choose(int bits, int resultBits, double norm, double bound, int security, bool fourier, bool alone)
    {
        Requirements requirements = new(
            [new LookupGroup(bits, bits + 1, 0, 1, Lookups, alone ? new Site[Lookups] : [], bits, resultBits, true)],
            [new Decision(0, 0, bits, 1.0, 0.0, [norm * norm])],
            0.0,
            Lookups
        );
        Assignment assignment =
            AssignmentModule
                .search(
                    ContextModule.quiet,
                    security == 132 ? SecurityCurveModule.bits132 : SecurityCurveModule.bits128,
                    fourier ? Core.KeySwitchKind.Fourier : Core.KeySwitchKind.Lwe,
                    NoiseFormulas.ours,
                    bound,
                    ListModule.OfArray([requirements])
                )
                ?.Value.Item2
            ?? throw new ArgumentException($"no parameters for lookups of {bits} bits at this bound and norm");
        ClassChoice choice = assignment.Classes[0];
        double variance = norm * norm * choice.OutputVariance + choice.DecisionVariance;
        double failure = NoiseFormulas.failure(bits, variance);
        if (choice.Wide is { Value: var wide })
            failure = bits * failure + NoiseFormulas.failure(resultBits, wide.SelectedVariance);
        return new OwnParameters(Parameters(assignment.Key, choice), Math.Log2(failure), choice.Seconds * 1e3);
    }

    /// <summary>The figures that name a set of one class.</summary>
    internal static JsonObject Describe(ParameterSet set)
    {
        LookupClassParameters lookup = set.Classes[0];
        return new JsonObject
        {
            ["k"] = set.BigKey.GlweDimension,
            ["N"] = set.BigKey.PolynomialSize,
            ["nu"] = lookup.Nu,
            ["grade"] = lookup.Grade,
            ["words_per_step"] = lookup.WordsPerStep,
            ["n"] = lookup.SmallDimension,
            ["bootstrap_base_log"] = lookup.Bootstrap.BaseLog,
            ["bootstrap_levels"] = lookup.Bootstrap.Level,
            ["key_switch_base_log"] = lookup.KeySwitch.BaseLog,
            ["key_switch_levels"] = lookup.KeySwitch.Level,
            ["key_switch_ring"] = lookup.KeySwitchRing,
            ["body_bits"] = lookup.BodyBits,
            ["selector"] = lookup.Wide is { } wide ? $"2^{wide.Selector.BaseLog} x {wide.Selector.Level}" : null,
            ["switch"] = lookup.Wide is { } own ? $"2^{own.Switch.BaseLog} x {own.Switch.Level}" : null,
        };
    }

    private static ParameterSet Parameters(BigKey key, ClassChoice choice)
    {
        SecurityCurve curve = key.Curve.Level == 132 ? SecurityCurve.Bits132 : SecurityCurve.Bits128;
        LookupClassParameters lookup = new(
            choice.SmallDimension,
            curve.StandardDeviation(choice.SmallDimension),
            Gadget(choice.KeySwitch),
            Gadget(choice.Bootstrap),
            choice.Extension,
            choice.Grade,
            choice.Ring,
            choice.BodyBits,
            choice.Wide is { Value: var wide } ? new WideLookup(Gadget(wide.Selector), Gadget(wide.Switch)) : null,
            WordsPerStep: choice.WordsPerStep
        );
        return new ParameterSet(curve, new BigKeyParameters(key.Rank, key.Size, curve.StandardDeviation(key.Dimension)), [lookup]);
    }

    private static GadgetDecomposition Gadget(Core.Decomposition decomposition) => new(decomposition.LogBase, decomposition.Levels);
}
