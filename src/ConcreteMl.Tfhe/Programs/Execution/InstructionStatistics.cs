namespace ConcreteMl.Tfhe.Programs;

/// <summary>What happened in one instruction, or at one output, over all samples of a run.</summary>
/// <param name="Instruction">Index of the instruction; −1 for an output.</param>
/// <param name="Operation">Name of the operation, or "Output".</param>
/// <param name="Origin">The ONNX nodes that the instruction comes from, or the output's name.</param>
/// <param name="Bootstraps">Bootstraps; an exact rounding makes one per element and dropped bit.</param>
/// <param name="LookupFailures">
/// Results that are not the entry of the operand's exact code: bootstraps that failed, and outputs decoded wrongly.
/// </param>
/// <param name="OffByOnes">Results that are the entry of a neighbouring code where approximate rounding came before.</param>
/// <param name="RangeOverflows">Operands outside their signed width, which wrap.</param>
public sealed record InstructionStatistics(
    int Instruction,
    string Operation,
    string Origin,
    long Bootstraps,
    long LookupFailures,
    long OffByOnes,
    long RangeOverflows
);
