using CoreCompile = ConcreteMl.Compiler.Core.Compile;
using CoreStage = ConcreteMl.Compiler.Core.Stage;

namespace ConcreteMl.Interop;

/// <summary>The texts of a module's graphs: printed when they are asked for, or read from an artefact.</summary>
internal sealed class StageTexts
{
    private readonly Func<bool, string> onFloat;
    private readonly Func<bool, string> onQuant;
    private readonly Func<bool, string> onCircuit;

    private StageTexts(Func<bool, string> onFloat, Func<bool, string> onQuant, Func<bool, string> onCircuit)
    {
        this.onFloat = onFloat;
        this.onQuant = onQuant;
        this.onCircuit = onCircuit;
    }

    internal static StageTexts OfStages(CoreStage floats, CoreStage quant, CoreStage circuit) =>
        new(
            elide => CoreCompile.print(elide, floats),
            elide => CoreCompile.print(elide, quant),
            elide => CoreCompile.print(elide, circuit)
        );

    /// <summary>Texts of an artefact, whose float stage is made again from its model.</summary>
    internal static StageTexts OfTexts(OnnxModel model, string quant, string circuit) =>
        new(
            elide => CoreCompiler.Normalize(model, elide),
            elide => elide ? CoreText.Parse("quant.mlir", quant).Print(elide: true) : quant,
            elide => elide ? CoreText.Parse("circuit.mlir", circuit).Print(elide: true) : circuit
        );

    internal string Float(bool elide) => onFloat(elide);

    internal string Quant(bool elide) => onQuant(elide);

    internal string Circuit(bool elide) => onCircuit(elide);
}
