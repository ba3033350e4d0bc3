namespace ConcreteMl.Tfhe.Programs;

/// <summary>Sums along axes; a position is one output element.</summary>
internal sealed unsafe class ReduceSumKernel : RowSumKernel
{
    private readonly int[] _starts;
    private readonly int[] _steps;

    internal ReduceSumKernel(TfheProgram program, ReduceSum instruction)
    {
        int[] shape = program.Values[instruction.Operand].Shape;
        long[] strides = Shapes.Strides(shape);
        int[] kept = [.. Enumerable.Range(0, shape.Length).Except(instruction.Axes)];
        int[] summed = [.. instruction.Axes.Order()];
        _starts = StridedIndices.All([.. kept.Select(axis => shape[axis])], 0, [.. kept.Select(axis => strides[axis])]);
        _steps = StridedIndices.All([.. summed.Select(axis => shape[axis])], 0, [.. summed.Select(axis => strides[axis])]);
    }

    protected override int Positions => _starts.Length;

    protected override int RowsPerPosition => _steps.Length;

    protected override int OutputsPerPosition => 1;

    protected override void FillRows(ReadOnlySpan<RowTensor> operands, int position, ulong** rows)
    {
        ulong* first = operands[0].Row(_starts[position]);
        long words = operands[0].RowWords;
        foreach (int step in _steps)
            *rows++ = first + step * words;
    }

    protected override void Write(int position, ulong** rows, RowTensor result, int from, int to) =>
        WeightedRows.SumUnit(rows, RowsPerPosition, result.Row(position), from, to);
}
