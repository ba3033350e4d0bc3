using Microsoft.FSharp.Core;
using CoreDiff = ConcreteMl.Compiler.Core.Tools.Diff;
using CoreDifference = ConcreteMl.Compiler.Core.Tools.Difference;
using CorePicture = ConcreteMl.Compiler.Core.Tools.Picture;
using CoreReduce = ConcreteMl.Compiler.Core.Tools.Reduce;
using CoreStage = ConcreteMl.Compiler.Core.Stage;
using CoreView = ConcreteMl.Compiler.Core.Tools.ViewModule;

namespace ConcreteMl.Interop;

/// <summary>Comparing, drawing and shrinking the graphs of stages.</summary>
internal static class CoreTools
{
    /// <exception cref="CompilationException">The texts are of different stages.</exception>
    internal static GraphComparison Compare(CoreText before, CoreText after)
    {
        if (before.Kind != after.Kind)
        {
            throw new CompilationException(
                Diagnostic.Error(
                    "CML7009",
                    after.Name,
                    $"the {before.Stage.Kind} stage is compared with the {after.Stage.Kind} stage",
                    "two graphs of one stage",
                    "Print both with concreteml dump --stage"
                )
            );
        }

        (var differences, int alike) = CoreDiff.compare(CoreView.ofStage(before.Stage), CoreView.ofStage(after.Stage)).ToValueTuple();
        return new GraphComparison(alike, [.. differences.Select(Of)]);
    }

    internal static string Draw(CoreText text) => CorePicture.svg(CoreView.ofStage(text.Stage));

    /// <summary>The picture coloured by what each node's share of the whole cost is.</summary>
    internal static string Draw(CoreText text, IEnumerable<(string Node, double Share)> shares) =>
        CorePicture.costed(CoreResults.List(shares.Select(one => Tuple.Create(one.Node, one.Share))), CoreView.ofStage(text.Stage));

    internal static CoreText Reduce(CoreText text, Func<CoreText, bool> keep, Action<int> told) =>
        new(
            CoreReduce.run(
                FuncConvert.FromFunc<CoreStage, bool>(stage => keep(new CoreText(stage, text.Step))),
                FuncConvert.FromAction(told),
                text.Stage
            ),
            text.Step
        );

    private static GraphDifference Of(CoreDifference difference)
    {
        (string kind, string node) = difference switch
        {
            CoreDifference.Removed one => ("removed", string.Join(", ", one.Item.Origin)),
            CoreDifference.Added one => ("added", string.Join(", ", one.Item.Origin)),
            CoreDifference.Changed one => ("changed", string.Join(", ", one.Before.Origin)),
            CoreDifference.Port one => ("port", one.Name),
            _ => throw new ArgumentOutOfRangeException(nameof(difference)),
        };
        return new GraphDifference(kind, node, CoreDiff.print(difference));
    }
}
