using ConcreteMl.Tfhe.Programs;
using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests.Programs;

public sealed class LinearKernelTests
{
    private static IEnumerable<object[]> Cases() =>
        from kind in RandomLinear.Kinds
        from rowWords in new[] { 1, 3, 8, 40, 64, 2049 }
        select new object[] { kind, rowWords };

    [TestCaseSource(nameof(Cases))]
    public void Every_word_of_a_linear_instruction_equals_its_definition(string kind, int rowWords)
    {
        Random random = new(rowWords);
        for (int round = 0; round < (rowWords > 100 ? 3 : 12); round++)
        {
            TfheProgram program = RandomLinear.Program(kind, random);
            Instruction instruction = program.Instructions[0];
            RowTensor[] operands = [.. instruction.Operands.Select(value => Filled(program.Values[value], rowWords, random))];
            using RowTensor result = new((int)program.Values[instruction.Result].Count, rowWords);
            Garble(result, random);
            RowWork work = new(2, CancellationToken.None);
            LinearKernels.Create(program, instruction)!.Run(operands, result, work);
            foreach (int word in new[] { 0, 1, rowWords / 2, rowWords - 2, rowWords - 1 })
                if (word >= 0 && word < rowWords)
                    AssertWord(program, instruction, operands, result, word);
            foreach (RowTensor operand in operands)
                operand.Dispose();
        }
    }

    [Test]
    public void Deep_products_are_cut_into_strips_and_cores_without_a_difference()
    {
        ProgramBuilder builder = new();
        Random random = new(5);
        long[] weights = [.. Enumerable.Range(0, 900 * 13).Select(_ => (long)random.Next(-128, 128))];
        builder.Output(builder.MatMul(builder.Input(8, 2, 900), [2, 13], [900, 13], weights));
        TfheProgram program = builder.Build();
        Instruction instruction = program.Instructions[0];
        LinearKernel kernel = LinearKernels.Create(program, instruction)!;
        using RowTensor operand = Filled(program.Values[0], 2049, random);
        using RowTensor alone = new(26, 2049);
        using RowTensor shared = new(26, 2049);
        kernel.Run([operand], alone, new RowWork(1, CancellationToken.None));
        kernel.Run([operand], shared, new RowWork(4, CancellationToken.None));
        for (int word = 0; word < 2049; word += 293)
            AssertWord(program, instruction, [operand], alone, word);
        for (int row = 0; row < alone.Count; row++)
            Assert.That(shared.Words(row).SequenceEqual(alone.Words(row)));
    }

    [Test]
    public void A_cancelled_kernel_throws()
    {
        ProgramBuilder builder = new();
        builder.Output(builder.MatMul(builder.Input(8, 4), [2], [4, 2], new long[8]));
        TfheProgram program = builder.Build();
        using RowTensor operand = new(4, 8);
        using RowTensor result = new(2, 8);
        RowWork work = new(1, new CancellationToken(canceled: true));
        LinearKernel kernel = LinearKernels.Create(program, program.Instructions[0])!;
        Assert.Throws<OperationCanceledException>(() => kernel.Run([operand], result, work));
    }

    private static void AssertWord(TfheProgram program, Instruction instruction, RowTensor[] operands, RowTensor result, int word)
    {
        ulong[][] words = [.. operands.Select(operand => Word(operand, word))];
        Assert.That(Word(result, word), Is.EqualTo(NaiveLinear.Run(program, instruction, words)));
    }

    private static ulong[] Word(RowTensor tensor, int word)
    {
        ulong[] words = new ulong[tensor.Count];
        for (int row = 0; row < words.Length; row++)
            words[row] = tensor.Words(row)[word];
        return words;
    }

    private static RowTensor Filled(ProgramValue value, int rowWords, Random random)
    {
        RowTensor tensor = new((int)value.Count, rowWords);
        Garble(tensor, random);
        return tensor;
    }

    private static void Garble(RowTensor tensor, Random random)
    {
        for (int row = 0; row < tensor.Count; row++)
            random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(tensor.Words(row)));
    }
}
