using CoreCompilation = ConcreteMl.Compiler.Core.Compilation;
using CoreCompile = ConcreteMl.Compiler.Core.Compile;

namespace ConcreteMl.Interop;

/// <summary>The texts of a module's graphs: printed when they are asked for, or read from an artefact. Null for a stage above the one
/// that the module began with.</summary>
internal sealed class StageTexts
{
    private readonly ModelSource source;
    private readonly Func<bool, string>? onFloat;
    private readonly Func<bool, string>? onPlanned;
    private readonly Func<bool, string>? onQuant;
    private readonly Func<bool, string>? onCircuit;

    private StageTexts(
        ModelSource source,
        Func<bool, string>? onFloat,
        Func<bool, string>? onPlanned,
        Func<bool, string>? onQuant,
        Func<bool, string>? onCircuit
    )
    {
        this.source = source;
        this.onFloat = onFloat;
        this.onPlanned = onPlanned;
        this.onQuant = onQuant;
        this.onCircuit = onCircuit;
    }

    internal bool HasQuant => onQuant is not null;

    internal static StageTexts OfStages(ModelSource source, CoreCompilation made)
    {
        Func<bool, string>? Of(Stage kind)
        {
            if (made.Stages.LastOrDefault(each => CoreSteps.Kind(each.Stage.Kind) == kind) is not { } found)
            {
                return null;
            }

            string? step = found.Step is { } left ? left.Value : source.Step;
            return elide => step is null ? CoreCompile.print(elide, found.Stage) : CoreCompile.printAfter(elide, step, found.Stage);
        }

        return new StageTexts(source, Of(Stage.Float), Of(Stage.Planned), Of(Stage.Quant), Of(Stage.Circuit));
    }

    /// <summary>Texts of an artefact, whose float stage is made again from its model.</summary>
    internal static StageTexts OfTexts(ModelSource source, string? quant, string circuit)
    {
        static Func<bool, string> Of(string name, string text) => elide => elide ? CoreText.Parse(name, text).Print(elide: true) : text;

        Func<bool, string>? floats =
            source.Model is OnnxModel model ? elide => CoreCompiler.Normalize(model, elide)
            : source.Text!.Stage == Stage.Float ? source.Text.Print
            : null;
        Func<bool, string>? plan = source.Text is { Stage: Stage.Planned } text ? text.Print : null;
        return new StageTexts(source, floats, plan, quant is null ? null : Of("quant.mlir", quant), Of("circuit.mlir", circuit));
    }

    internal string Float(bool elide) => Text(onFloat, "the float stage", elide);

    internal string Planned(bool elide) =>
        onPlanned is null && source.Text is null ? throw source.NotKept("the planned stage") : Text(onPlanned, "the planned stage", elide);

    internal string Quant(bool elide) => Text(onQuant, "the quant stage", elide);

    internal string Circuit(bool elide) => Text(onCircuit, "the circuit stage", elide);

    private string Text(Func<bool, string>? print, string what, bool elide) => print is null ? throw source.Without(what) : print(elide);
}
