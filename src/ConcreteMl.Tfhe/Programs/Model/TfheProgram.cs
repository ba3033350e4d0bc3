namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// A flat program over tensors of ciphertexts: what a compiled model is once every decision is taken. Immutable; made
/// by the compiler or read by <c>ProgramFormat</c>, judged by <c>ProgramVerifier</c>.
/// </summary>
/// <param name="Name">Name of the model, for listings.</param>
/// <param name="Parameters">Cryptographic parameters; null when the program runs in clear only.</param>
/// <param name="Inputs">Inputs, in the order of the model's inputs; each names a value that no instruction writes.</param>
/// <param name="Outputs">Outputs, in the order of the model's outputs.</param>
/// <param name="Values">Every value; instructions and ports refer to them by index.</param>
/// <param name="Instructions">In execution order; each writes its values, once, and reads values written before.</param>
/// <param name="Constants">Integer arrays that instructions refer to by index: weights, offsets, indices, codes.</param>
/// <param name="Tables">Lookup tables that instructions refer to by index.</param>
public sealed record TfheProgram(
    string Name,
    ParameterSet? Parameters,
    IReadOnlyList<ProgramPort> Inputs,
    IReadOnlyList<ProgramPort> Outputs,
    IReadOnlyList<ProgramValue> Values,
    IReadOnlyList<Instruction> Instructions,
    IReadOnlyList<long[]> Constants,
    IReadOnlyList<TableSet> Tables
)
{
    /// <summary>Whether parameters exist, so that the program runs on ciphertexts and not in clear only.</summary>
    public bool IsExecutable => Parameters is not null;
}
