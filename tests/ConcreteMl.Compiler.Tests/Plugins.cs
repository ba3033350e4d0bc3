using ConcreteMl.Compiler.Core.Base;
using Microsoft.FSharp.Core;
using FloatGraph = ConcreteMl.Compiler.Core.Base.Graph<ConcreteMl.Compiler.Core.Float.Op, ConcreteMl.Compiler.Core.Float.ValueType>;
using FloatOp = ConcreteMl.Compiler.Core.Float.Op;
using FloatType = ConcreteMl.Compiler.Core.Float.ValueType;

namespace ConcreteMl.Compiler.Tests;

/// <summary>A pass from outside that is wrong: every dense layer gets the other sign.</summary>
public static class NegatingPlugin
{
    public static Pass<FloatGraph, FloatGraph> Own { get; } =
        Pass.rewrite("negate-gemm", "Negate every dense layer.", FuncConvert.FromFunc<FloatGraph, FloatGraph>(Negated));

    internal static FloatGraph Negated(FloatGraph graph)
    {
        FSharpOption<ValueId[]>? Rule(GraphBuilder<FloatOp, FloatType> builder, FSharpFunc<ValueId, ValueId> rename, Node<FloatOp> node) =>
            node.Op is FloatOp.Gemm gemm
                ? FSharpOption<ValueId[]>.Some(
                    builder.Node(
                        FloatOp.NewGemm(-gemm.Alpha, -gemm.Beta, gemm.TransA, gemm.TransB),
                        node.Operands.Select(rename.Invoke),
                        node.Results.Select(graph.TypeOf),
                        node.Origin
                    )
                )
                : null;

        return Rewrite.rewrite(
            FuncConvert.FromFunc<GraphBuilder<FloatOp, FloatType>, FSharpFunc<ValueId, ValueId>, Node<FloatOp>, FSharpOption<ValueId[]>?>(
                Rule
            ),
            graph
        );
    }
}

/// <summary>A pass from outside that leaves an illegal graph: dense layers get a transposed operand whose shape does not fit.</summary>
public static class BreakingPlugin
{
    public static Pass<FloatGraph, FloatGraph> Own { get; } =
        Pass.rewrite("break-gemm", "Transpose what does not fit.", FuncConvert.FromFunc<FloatGraph, FloatGraph>(Broken));

    private static FloatGraph Broken(FloatGraph graph)
    {
        FSharpOption<ValueId[]>? Rule(GraphBuilder<FloatOp, FloatType> builder, FSharpFunc<ValueId, ValueId> rename, Node<FloatOp> node) =>
            node.Op is FloatOp.Gemm gemm
                ? FSharpOption<ValueId[]>.Some(
                    builder.Node(
                        FloatOp.NewGemm(gemm.Alpha, gemm.Beta, !gemm.TransA, gemm.TransB),
                        node.Operands.Select(rename.Invoke),
                        node.Results.Select(graph.TypeOf),
                        node.Origin
                    )
                )
                : null;

        return Rewrite.rewrite(
            FuncConvert.FromFunc<GraphBuilder<FloatOp, FloatType>, FSharpFunc<ValueId, ValueId>, Node<FloatOp>, FSharpOption<ValueId[]>?>(
                Rule
            ),
            graph
        );
    }
}

/// <summary>A pass from outside that is right: it looks, and changes nothing.</summary>
public static class LookingPlugin
{
    public static Pass<FloatGraph, FloatGraph> Own { get; } =
        Pass.rewrite("look", "Look.", FuncConvert.FromFunc<FloatGraph, FloatGraph>(graph => graph));
}
