using System.Globalization;
using ConcreteMl.Interop;

namespace ConcreteMl;

/// <summary>Bits of the integer codes, by what they stand for; each from 1 to 16.</summary>
/// <param name="ModelInputs">Codes of the model's inputs.</param>
/// <param name="OpInputs">Codes of what enters linear operations inside the model.</param>
/// <param name="OpWeights">Codes of weights.</param>
/// <param name="ModelOutputs">Codes of the model's outputs where a lookup makes them.</param>
public sealed record QuantizationBits(int ModelInputs, int OpInputs, int OpWeights, int ModelOutputs)
{
    /// <summary>N bits for operations and weights, max(5, N) for the model's inputs and outputs.</summary>
    public static QuantizationBits Uniform(int bits) => new(Math.Max(5, bits), bits, bits, Math.Max(5, bits));

    /// <summary>Reads "6", or "model_inputs=8,op_inputs=4,op_weights=4,model_outputs=8".</summary>
    /// <exception cref="CompilationException">The text says no bits (CML3001).</exception>
    public static QuantizationBits Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return CoreOptions.ParseBits(text);
    }

    /// <summary>As <see cref="Parse"/> reads it; one number where that means the same.</summary>
    public override string ToString() =>
        this == Uniform(OpInputs)
            ? string.Create(CultureInfo.InvariantCulture, $"{OpInputs}")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"model_inputs={ModelInputs},op_inputs={OpInputs},op_weights={OpWeights},model_outputs={ModelOutputs}"
            );
}
