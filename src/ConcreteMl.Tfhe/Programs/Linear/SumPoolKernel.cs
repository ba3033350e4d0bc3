namespace ConcreteMl.Tfhe.Programs;

/// <summary>Sums over windows, channel by channel; a position is one output element.</summary>
internal sealed unsafe class SumPoolKernel : RowSumKernel
{
    private readonly int _channels;
    private readonly WindowCells _cells;

    internal SumPoolKernel(TfheProgram program, SumPool instruction)
    {
        int[] x = program.Values[instruction.Operand].Shape;
        int[] y = program.Values[instruction.Result].Shape;
        _channels = x[0] * x[1];
        _cells = new WindowCells(x[2..], y[2..], instruction.Kernel, instruction.Strides, instruction.Dilations, instruction.PadsBegin);
    }

    protected override int Positions => checked(_channels * _cells.OutputCells);

    protected override int RowsPerPosition => _cells.KernelCells;

    protected override int OutputsPerPosition => 1;

    protected override void FillRows(ReadOnlySpan<RowTensor> operands, int position, ulong** rows)
    {
        RowTensor x = operands[0];
        int cell = position % _cells.OutputCells;
        ulong* first = x.Row((long)(position / _cells.OutputCells) * _cells.InputCells);
        foreach (int source in _cells.Sources.AsSpan(cell * _cells.KernelCells, _cells.KernelCells))
            *rows++ = source < 0 ? null : first + (long)source * x.RowWords;
    }

    protected override void Write(int position, ulong** rows, RowTensor result, int from, int to) =>
        WeightedRows.SumUnit(rows, RowsPerPosition, result.Row(position), from, to);
}
