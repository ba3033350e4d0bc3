namespace ConcreteMl.Tfhe.Programs;

/// <summary>x[..., M, K] · W[..., K, O]; a position is one row of one batch entry.</summary>
internal sealed unsafe class MatMulKernel : RowSumKernel
{
    private readonly int _m;
    private readonly int _k;
    private readonly int _o;
    private readonly int[] _operandBatch;
    private readonly PackedWeights[] _weightBatch;

    internal MatMulKernel(TfheProgram program, MatMul instruction)
    {
        int[] x = program.Values[instruction.Operand].Shape;
        int[] w = instruction.WeightShape;
        if (x.Length == 1)
            x = [1, x[0]];
        if (w.Length == 1)
            w = [w[0], 1];
        (_m, _k, _o) = (x[^2], x[^1], w[^1]);
        int[] batch = Shapes.Broadcast(x.AsSpan()[..^2], w.AsSpan()[..^2])!;
        long[] constant = program.Constants[instruction.Constant];
        int matrices = Shapes.Count(w.AsSpan()[..^2]);
        PackedWeights[] packed = new PackedWeights[matrices];
        for (int index = 0; index < matrices; index++)
        {
            int start = index * _k * _o;
            packed[index] = new PackedWeights(_o, _k, (o, k) => constant[start + k * _o + o]);
        }
        _operandBatch = StridedIndices.All(batch, 0, Shapes.BroadcastStrides(x.AsSpan()[..^2], batch));
        int[] weights = StridedIndices.All(batch, 0, Shapes.BroadcastStrides(w.AsSpan()[..^2], batch));
        _weightBatch = [.. weights.Select(index => packed[index])];
    }

    protected override int Positions => _operandBatch.Length * _m;

    protected override int RowsPerPosition => _k;

    protected override int OutputsPerPosition => _o;

    protected override void FillRows(ReadOnlySpan<RowTensor> operands, int position, ulong** rows)
    {
        RowTensor x = operands[0];
        long first = ((long)_operandBatch[position / _m] * _m + position % _m) * _k;
        for (int k = 0; k < _k; k++)
            rows[k] = x.Row(first + k);
    }

    protected override void Write(int position, ulong** rows, RowTensor result, int from, int to) =>
        _weightBatch[position / _m].Apply(rows, result.Row((long)position * _o), result.RowWords, from, to);
}
