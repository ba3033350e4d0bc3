namespace ConcreteMl.Tfhe.Programs;

/// <summary>How far a run has come.</summary>
/// <param name="Fraction">Done part of the whole run, 0 to 1, weighted by cost.</param>
/// <param name="Instruction">Index of the instruction that runs.</param>
/// <param name="Origin">The ONNX nodes that the instruction comes from.</param>
public readonly record struct ExecutionProgress(double Fraction, int Instruction, string Origin);
