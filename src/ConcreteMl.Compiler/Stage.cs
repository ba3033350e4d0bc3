namespace ConcreteMl;

/// <summary>The stages of a compilation, each of which can be printed.</summary>
public enum Stage
{
    /// <summary>The model as the file has it, in ONNX's textual syntax.</summary>
    Onnx,

    /// <summary>The normalized graph on real numbers.</summary>
    Float,

    /// <summary>What has to be done on integers, and what was chosen for it: first on real numbers, then on codes.</summary>
    Planned,

    /// <summary>Integers between the client's quantizer and dequantizer.</summary>
    Quant,

    /// <summary>Encrypted integers: widths, noise, keys and lookups.</summary>
    Circuit,

    /// <summary>The flat program that the run time executes.</summary>
    Program,
}
