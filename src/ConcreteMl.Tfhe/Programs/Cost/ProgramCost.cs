namespace ConcreteMl.Tfhe.Programs;

/// <summary>What a program costs, counted without running it; per sample.</summary>
/// <param name="Instructions">Every instruction, in order.</param>
/// <param name="InputCiphertexts">Ciphertexts of all inputs.</param>
/// <param name="OutputCiphertexts">Ciphertexts of all outputs.</param>
/// <param name="InputBytes">Stored bytes of encrypted inputs: a body per ciphertext and a seed per input.</param>
/// <param name="OutputBytes">Stored bytes of encrypted outputs: kN + 1 words per ciphertext, fewer where outputs are compressed.</param>
/// <param name="PeakBytes">Most bytes of ciphertexts alive at once in an encrypted run; keys come on top.</param>
public sealed record ProgramCost(
    IReadOnlyList<InstructionCost> Instructions,
    long InputCiphertexts,
    long OutputCiphertexts,
    long InputBytes,
    long OutputBytes,
    long PeakBytes
)
{
    private const int SeedBytes = 16;

    /// <summary>Table lookups.</summary>
    public long Lookups => Instructions.Sum(one => one.Lookups);

    /// <summary>Bootstraps, those of exact roundings included.</summary>
    public long Bootstraps => Instructions.Sum(one => one.Bootstraps);

    /// <summary>Counts a legal program; without parameters, bytes are those of one word per ciphertext.</summary>
    public static ProgramCost Of(TfheProgram program)
    {
        long words = program.Parameters?.BigKey.LweSize ?? 1;
        long inputs = program.Inputs.Sum(port => program.Values[port.Value].Count);
        long outputs = program.Outputs.Sum(port => program.Values[port.Value].Count);
        return new ProgramCost(
            [.. program.Instructions.Select((one, index) => Cost(program, one, index))],
            inputs,
            outputs,
            inputs * sizeof(ulong) + program.Inputs.Count * SeedBytes,
            program.Parameters?.Compression is { } compression
                ? program.Outputs.Sum(port => compression.ByteCountOf(program.Values[port.Value].Count))
                : outputs * words * sizeof(ulong),
            MemoryUse.PeakElements(program) * words * sizeof(ulong)
        );
    }

    /// <summary>
    /// Bootstraps that an instruction makes for each element of its operand. Lookups that share one blind rotation are one; in clear,
    /// without parameters, too.
    /// </summary>
    internal static int BootstrapsPerElement(TfheProgram program, Instruction instruction) =>
        instruction switch
        {
            Lookup => 1,
            LookupMany many => program.Parameters is { } parameters && parameters.Classes[many.Lookups[0].Class] is { Nu: > 0, Wide: null }
                ? many.Lookups.Length
                : 1,
            RoundExact one => one.Digits.Sum(digit => digit.Bootstraps),
            _ => 0,
        };

    private static InstructionCost Cost(TfheProgram program, Instruction instruction, int index)
    {
        long count = program.Values[instruction.Result].Count;
        return new InstructionCost(
            index,
            instruction.Operation,
            instruction.Origin,
            count * instruction.Results.Count,
            instruction is Lookup or LookupMany ? count * instruction.Results.Count : 0,
            count * BootstrapsPerElement(program, instruction),
            Products(program, instruction)
        );
    }

    private static long Products(TfheProgram program, Instruction instruction)
    {
        long count = program.Values[instruction.Result].Count;
        return instruction switch
        {
            MatMul one => count * program.Values[one.Operand].Shape[^1],
            Conv one => count * Shapes.Count(one.WeightShape.AsSpan(1)),
            SumPool one => count * Shapes.Count(one.Kernel),
            Combine one => count * one.Terms.Length,
            Scale => count,
            ReduceSum one => program.Values[one.Operand].Count,
            _ => 0,
        };
    }
}
