namespace ConcreteMl.Tfhe.Programs;

/// <summary>Convolution over any number of spatial axes; a position is one output cell of one group of one batch entry.</summary>
internal sealed unsafe class ConvKernel : RowSumKernel
{
    private readonly int _batch;
    private readonly int _groups;
    private readonly int _channels;
    private readonly int _outputs;
    private readonly WindowCells _cells;
    private readonly PackedWeights[] _weights;

    internal ConvKernel(TfheProgram program, Conv instruction)
    {
        int[] x = program.Values[instruction.Operand].Shape;
        int[] y = program.Values[instruction.Result].Shape;
        int[] w = instruction.WeightShape;
        _batch = x[0];
        _groups = instruction.Group;
        _channels = w[1];
        _outputs = w[0] / _groups;
        _cells = new WindowCells(x[2..], y[2..], w[2..], instruction.Strides, instruction.Dilations, instruction.PadsBegin);
        long[] constant = program.Constants[instruction.Constant];
        int rows = _channels * _cells.KernelCells;
        _weights = new PackedWeights[_groups];
        for (int group = 0; group < _groups; group++)
        {
            int start = group * _outputs * rows;
            _weights[group] = new PackedWeights(_outputs, rows, (o, k) => constant[start + o * rows + k]);
        }
    }

    protected override int Positions => checked(_batch * _groups * _cells.OutputCells);

    protected override int RowsPerPosition => _channels * _cells.KernelCells;

    protected override int OutputsPerPosition => _outputs;

    protected override void FillRows(ReadOnlySpan<RowTensor> operands, int position, ulong** rows)
    {
        RowTensor x = operands[0];
        int cell = position % _cells.OutputCells;
        long channel = (long)(position / _cells.OutputCells) * _channels;
        ReadOnlySpan<int> sources = _cells.Sources.AsSpan(cell * _cells.KernelCells, _cells.KernelCells);
        for (int c = 0; c < _channels; c++, channel++)
        {
            ulong* first = x.Row(channel * _cells.InputCells);
            foreach (int source in sources)
                *rows++ = source < 0 ? null : first + (long)source * x.RowWords;
        }
    }

    protected override void Write(int position, ulong** rows, RowTensor result, int from, int to)
    {
        int cell = position % _cells.OutputCells;
        int block = position / _cells.OutputCells;
        ulong* output = result.Row((long)block * _outputs * _cells.OutputCells + cell);
        _weights[block % _groups].Apply(rows, output, (long)_cells.OutputCells * result.RowWords, from, to);
    }
}
