namespace ConcreteMl.Tfhe.Programs;

/// <summary>Σ multiplier i · operand i with broadcasting; a position is one output element.</summary>
internal sealed unsafe class CombineKernel : RowSumKernel
{
    private readonly int _count;
    private readonly int[][] _sources;
    private readonly PackedWeights _weights;
    private readonly bool _isPlainSum;

    internal CombineKernel(TfheProgram program, Combine instruction)
    {
        int[] shape = program.Values[instruction.Result].Shape;
        _count = Shapes.Count(shape);
        _isPlainSum = instruction.Multipliers.All(one => one == 1);
        _weights = new PackedWeights(1, instruction.Terms.Length, (_, term) => instruction.Multipliers[term]);
        _sources = [.. instruction.Terms.Select(term => Sources(program.Values[term].Shape, shape))];
    }

    protected override int Positions => _count;

    protected override int RowsPerPosition => _sources.Length;

    protected override int OutputsPerPosition => 1;

    protected override void FillRows(ReadOnlySpan<RowTensor> operands, int position, ulong** rows)
    {
        for (int term = 0; term < operands.Length; term++)
            rows[term] = operands[term].Row(_sources[term].Length == 0 ? position : _sources[term][position]);
    }

    protected override void Write(int position, ulong** rows, RowTensor result, int from, int to)
    {
        if (_isPlainSum)
            WeightedRows.SumUnit(rows, _sources.Length, result.Row(position), from, to);
        else
            _weights.Apply(rows, result.Row(position), 0, from, to);
    }

    /// <summary>Source element of each output element; empty when they are the same.</summary>
    private static int[] Sources(int[] from, int[] to) =>
        from.AsSpan().SequenceEqual(to) ? [] : StridedIndices.All(to, 0, Shapes.BroadcastStrides(from, to));
}
