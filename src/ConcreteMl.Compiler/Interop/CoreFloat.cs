using CoreCompile = ConcreteMl.Compiler.Core.Compile;
using CoreEval = ConcreteMl.Compiler.Core.Float.Eval;
using CoreEvalException = ConcreteMl.Compiler.Core.Float.EvalException;
using CoreGraph = ConcreteMl.Compiler.Core.Base.Graph<ConcreteMl.Compiler.Core.Float.Op, ConcreteMl.Compiler.Core.Float.ValueType>;
using CoreParts = ConcreteMl.Compiler.Core.Float.Client.ClientPartsModule;
using CoreStage = ConcreteMl.Compiler.Core.Stage;

namespace ConcreteMl.Interop;

/// <summary>A float graph with its interpreter.</summary>
internal sealed class CoreFloat
{
    private readonly CoreGraph graph;

    internal CoreFloat(CoreGraph graph) => this.graph = graph;

    /// <summary>The graph of a model with the shapes that the model declares.</summary>
    internal static CoreFloat Import(CoreModel model) => new(CoreResults.Take(CoreCompile.toFloat(CoreContext.Quiet, model.Model)));

    /// <summary>As <see cref="Import(CoreModel)" />; sizes that the model leaves open and needs are those of one sample.</summary>
    internal static CoreFloat Import(CoreModel model, IReadOnlyList<Tensor> sample) =>
        new(CoreResults.Take(CoreCompile.toFloatLike(CoreResults.List(sample.Select(CoreValues.ToCore)), CoreContext.Quiet, model.Model)));

    /// <summary>For each output the texts that its numbers stand for; none where it is numbers.</summary>
    internal IReadOnlyList<IReadOnlyList<string>> OutputLabels =>
        CoreClientParts.Texts(CoreParts.labels, CoreStage.NewFloat(graph), graph.Outputs.Select(port => port.Name));

    internal string Print(bool elide) => CoreCompile.print(elide, CoreStage.NewFloat(graph));

    /// <summary>The outputs for one list of inputs.</summary>
    internal IReadOnlyList<Tensor> Evaluate(IReadOnlyList<Tensor> inputs)
    {
        try
        {
            return [.. CoreEval.graph(graph, CoreResults.List(inputs.Select(CoreValues.ToCore))).Select(CoreValues.FromCore)];
        }
        catch (CoreEvalException problem)
        {
            throw NotComputable(problem);
        }
    }

    internal static CompilationException NotComputable(Exception problem) =>
        new(
            Diagnostic.Error(
                "CML6305",
                null,
                $"the model cannot be computed on these inputs: {problem.Message}",
                "inputs of the shapes that the model was exported for",
                "Compare with the exporter's own run time"
            )
        );
}
