namespace ConcreteMl.Tfhe.Programs;

/// <summary>What one instruction costs for one sample.</summary>
/// <param name="Instruction">Index of the instruction.</param>
/// <param name="Operation">Name of the operation.</param>
/// <param name="Origin">The ONNX nodes that it comes from.</param>
/// <param name="Ciphertexts">Ciphertexts of the results.</param>
/// <param name="Lookups">Table lookups.</param>
/// <param name="Bootstraps">Bootstraps: one per lookup, fewer where lookups share them, one per element and dropped bit of an exact rounding.</param>
/// <param name="Products">Products of a ciphertext and an integer.</param>
public sealed record InstructionCost(
    int Instruction,
    string Operation,
    string Origin,
    long Ciphertexts,
    long Lookups,
    long Bootstraps,
    long Products
);
