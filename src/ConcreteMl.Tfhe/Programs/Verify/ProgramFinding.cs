namespace ConcreteMl.Tfhe.Programs;

/// <summary>Something illegal in a program.</summary>
/// <param name="Instruction">Index of the instruction at fault; null for ports, values, constants and tables.</param>
/// <param name="Origin">The ONNX nodes that the part comes from, or its name.</param>
/// <param name="Message">What was met and what was expected.</param>
public sealed record ProgramFinding(int? Instruction, string Origin, string Message)
{
    /// <summary>One line for messages.</summary>
    public override string ToString() => Instruction is { } index ? $"instruction {index} ({Origin}): {Message}" : $"{Origin}: {Message}";
}
