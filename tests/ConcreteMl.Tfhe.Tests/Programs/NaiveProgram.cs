using System.Numerics;
using ConcreteMl.Tfhe.Programs;

namespace ConcreteMl.Tfhe.Tests.Programs;

/// <summary>Programs on codes as the contract defines them, in big integers: one sample, one element at a time.</summary>
internal static class NaiveProgram
{
    internal static long[][] Run(TfheProgram program, long[][] inputs)
    {
        long[]?[] values = new long[program.Values.Count][];
        for (int input = 0; input < inputs.Length; input++)
            values[program.Inputs[input].Value] = inputs[input];
        foreach (Instruction instruction in program.Instructions)
        foreach (Instruction one in Parts(instruction))
            values[one.Result] = Run(program, one, [.. one.Operands.Select(operand => values[operand]!)]);
        return [.. program.Outputs.Select(output => values[output.Value]!)];
    }

    /// <summary>The representative of a code in the window of one bit more than its width.</summary>
    internal static long Wrap(BigInteger code, int bits)
    {
        BigInteger modulus = BigInteger.One << (bits + 1);
        BigInteger positive = (code % modulus + modulus) % modulus;
        return (long)(positive >= modulus / 2 ? positive - modulus : positive);
    }

    private static IEnumerable<Instruction> Parts(Instruction instruction) => instruction is LookupMany many ? many.Lookups : [instruction];

    private static long[] Run(TfheProgram program, Instruction instruction, long[][] operands)
    {
        ProgramValue result = program.Values[instruction.Result];
        int bits = instruction.Operands.Count == 0 ? 0 : program.Values[instruction.Operands[0]].Bits;
        switch (instruction)
        {
            case Lookup one:
                return [.. operands[0].Select((code, element) => LookUp(program, one, code, element))];
            case RoundExact one:
                return [.. operands[0].Select(code => Round(code, one.Drop, result.Bits))];
            case RoundApproximate one:
                return [.. operands[0].Select(code => Round(code, one.Drop, result.Bits))];
            case Constant one:
                return program.Constants[one.ConstantId];
            case Reencode:
                return [.. operands[0].Select(code => Wrap(code, result.Bits))];
            case Shift one:
                return
                [
                    .. operands[0]
                        .Select(
                            (code, element) =>
                                Wrap(code + Entry(program.Constants[one.Constant], one.ConstantShape, result.Shape, element), bits)
                        ),
                ];
            default:
                ulong[][] words = [.. operands.Select(codes => codes.Select(code => (ulong)code).ToArray())];
                return [.. NaiveLinear.Run(program, instruction, words).Select(word => Wrap((long)word, result.Bits))];
        }
    }

    private static long LookUp(TfheProgram program, Lookup one, long code, int element)
    {
        TableSet set = program.Tables[one.TableSet];
        int[] shape = program.Values[one.Operand].Shape;
        long table = Entry(program.Constants[one.IndexConstant], one.IndexShape, shape, element);
        long size = 1L << set.InputBits;
        long position = ((code + size / 2) % (2 * size) + 2 * size) % (2 * size);
        return position < size ? set.Entries[table * size + position] : Wrap(-set.Entries[table * size + position - size], set.OutputBits);
    }

    private static long Round(long code, int drop, int bits) => Wrap((code + (1L << (drop - 1))) >> drop, bits);

    private static long Entry(long[] constants, int[] shape, int[] elements, int element)
    {
        long index = 0;
        long stride = 1;
        for (int back = 1; back <= elements.Length; back++)
        {
            int at = element % elements[^back];
            element /= elements[^back];
            if (back > shape.Length)
                continue;
            index += shape[^back] == 1 ? 0 : at * stride;
            stride *= shape[^back];
        }
        return constants[index];
    }
}
