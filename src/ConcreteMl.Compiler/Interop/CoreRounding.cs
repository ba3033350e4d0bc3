using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using CoreChoice = ConcreteMl.Compiler.Core.Tools.RoundingChoice;
using CoreChosen = ConcreteMl.Compiler.Core.Tools.ChosenRounding;
using CoreContextType = ConcreteMl.Compiler.Core.Base.Context;
using CoreMethod = ConcreteMl.Compiler.Core.Quant.RoundingMethod;
using CorePriced = ConcreteMl.Compiler.Core.Tools.PricedRounding;
using CoreSettings = ConcreteMl.Compiler.Core.Settings;
using CoreStage = ConcreteMl.Compiler.Core.Stage;
using CoreStep = ConcreteMl.Compiler.Core.Step;

namespace ConcreteMl.Interop;

/// <summary>The compiler's own choice of the rounding.</summary>
internal static class CoreRounding
{
    /// <summary>The choice for options that leave it to the compiler; null when nothing was chosen, or nothing runs.</summary>
    internal static RoundingChoice? Choose(
        CompileOptions options,
        CoreSettings settings,
        CoreContextType context,
        FSharpList<CoreStep> steps,
        CoreStage stage
    )
    {
        if (options.Rounding is not { IsAutomatic: true } asked)
        {
            return null;
        }

        CoreMethod[] offered = asked.Method == RoundingMethod.Exact ? [CoreMethod.Exact] : [CoreMethod.Exact, CoreMethod.Approximate];
        return CoreChoice.run(settings, context, CoreResults.List(offered), options.Strict, steps, stage)?.Value is CoreChosen chosen
            ? Of(chosen)
            : null;
    }

    /// <summary>Says where the choice is less accurate than it should be, or not bit for bit what the clear run computes.</summary>
    internal static IEnumerable<Diagnostic> Warnings(RoundingChoice choice, string model)
    {
        if (choice.IsWithinBound)
        {
            yield break;
        }

        PricedRounding chosen = choice.Chosen;
        yield return Diagnostic.Warning(
            "CML5005",
            model,
            FormattableString.Invariant(
                $"no rounding that runs encrypted keeps the error: {chosen.Rounding?.ToString() ?? "none"} is the most accurate, with {chosen.ErrorOverStd:G3} of the output's deviation instead of {choice.UnroundedError:G3}"
            ),
            "at most a tenth more error than without rounding",
            "Use fewer bits (--bits), whose accumulators are narrower, or accept this setting by naming it with --rounding"
        );
    }

    internal static FSharpOption<Tuple<int, CoreMethod>> ToCore(Rounding? rounding) =>
        rounding is { IsAutomatic: false }
            ? FSharpOption<Tuple<int, CoreMethod>>.Some(
                Tuple.Create(rounding.Bits, rounding.Method == RoundingMethod.Exact ? CoreMethod.Exact : CoreMethod.Approximate)
            )
            : FSharpOption<Tuple<int, CoreMethod>>.None;

    /// <summary>What a choice says of single values; of null, nothing.</summary>
    internal static FSharpList<Tuple<int, FSharpOption<Tuple<int, CoreMethod>>?>> Exceptions(RoundingChoice? choice) =>
        CoreResults.List(
            (choice?.Exceptions ?? []).Select(one =>
                Tuple.Create<int, FSharpOption<Tuple<int, CoreMethod>>?>(one.Value, ToCore(one.Rounding))
            )
        );

    private static RoundingChoice Of(CoreChosen chosen) =>
        new(
            Of(chosen.Chosen),
            chosen.RunnerUp is null ? null : Of(chosen.RunnerUp.Value),
            chosen.Approximate is null ? null : Of(chosen.Approximate.Value),
            chosen.Reference.Append(0.0).Max(),
            chosen.WithinBound
        )
        {
            Exceptions =
            [
                .. chosen.Chosen.Exceptions.Zip(
                    chosen.Places,
                    (exception, place) => new LookupRounding(place, exception.Item1, Of(exception.Item2, chosen.Chosen.BinLoss))
                ),
            ],
        };

    private static PricedRounding Of(CorePriced priced) =>
        new(Of(priced.Rounding, priced.BinLoss), CoreResults.Nullable(priced.Seconds), priced.Error);

    private static Rounding? Of(FSharpOption<Tuple<int, CoreMethod>>? rounding, double binLoss) =>
        rounding?.Value is (int bits, CoreMethod method)
            ? new Rounding(bits, method.Equals(CoreMethod.Exact) ? RoundingMethod.Exact : RoundingMethod.Approximate) { BinLoss = binLoss }
            : null;
}
