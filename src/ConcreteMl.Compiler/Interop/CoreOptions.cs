using CoreBits = ConcreteMl.Compiler.Core.Quant.QuantOptions;
using CoreBitsModule = ConcreteMl.Compiler.Core.Quant.QuantOptionsModule;

namespace ConcreteMl.Interop;

/// <summary>Compile options to the compiler's own.</summary>
internal static class CoreOptions
{
    /// <summary>The loss of bins of a rounding that does not say another.</summary>
    internal static double StandardBinLoss => CoreBitsModule.standardBinLoss;

    /// <summary>The losses of bins that searches try, from fine to coarse.</summary>
    internal static IReadOnlyList<double> BinLosses { get; } = [.. CoreBitsModule.binLosses.Order()];

    internal static QuantizationBits ParseBits(string text)
    {
        CoreBits bits = CoreResults.Take(CoreBitsModule.parse(text));
        return new QuantizationBits(bits.ModelInputs, bits.OpInputs, bits.OpWeights, bits.ModelOutputs);
    }

    /// <summary>The bits and roundings asked for; a choice of the compiler's own has exceptions.</summary>
    internal static CoreBits Bits(CompileOptions options, RoundingChoice? choice = null) =>
        new(
            options.Bits.ModelInputs,
            options.Bits.OpInputs,
            options.Bits.OpWeights,
            options.Bits.ModelOutputs,
            CoreRounding.ToCore(options.Rounding),
            options.Rounding?.BinLoss ?? StandardBinLoss,
            CoreRounding.Exceptions(choice)
        );
}
