namespace ConcreteMl.Tfhe.Programs;

/// <summary>Element-wise product with constants; a position is one element.</summary>
internal sealed unsafe class ScaleKernel : RowSumKernel
{
    private readonly ulong[] _factors;
    private readonly int[] _factorOf;

    internal ScaleKernel(TfheProgram program, Scale instruction)
    {
        int[] shape = program.Values[instruction.Operand].Shape;
        _factors = [.. program.Constants[instruction.Constant].Select(factor => (ulong)factor)];
        _factorOf = StridedIndices.All(shape, 0, Shapes.BroadcastStrides(instruction.ConstantShape, shape));
    }

    protected override int Positions => _factorOf.Length;

    protected override int RowsPerPosition => 1;

    protected override int OutputsPerPosition => 1;

    protected override void FillRows(ReadOnlySpan<RowTensor> operands, int position, ulong** rows) => rows[0] = operands[0].Row(position);

    protected override void Write(int position, ulong** rows, RowTensor result, int from, int to)
    {
        ulong factor = _factors[_factorOf[position]];
        WeightedRows.Sum1(rows, 1, &factor, result.Row(position), from, to);
    }
}
