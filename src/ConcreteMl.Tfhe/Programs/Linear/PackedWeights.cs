namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// An integer weight matrix [outputs, rows] in the order in which the inner loops read it: blocks of four outputs
/// interleaved, the rest one by one; or, when most weights are zero, the others only.
/// </summary>
internal sealed unsafe class PackedWeights
{
    private const double SparseBelow = 0.3;
    private readonly int _outputs;
    private readonly int _rows;
    private readonly ulong[] _weights;
    private readonly int[]? _indices;
    private readonly int[]? _starts;

    /// <summary>Packs weight(output, row).</summary>
    internal PackedWeights(int outputs, int rows, Func<int, int, long> weight)
    {
        _outputs = outputs;
        _rows = rows;
        long used = 0;
        for (int o = 0; o < outputs; o++)
        for (int k = 0; k < rows; k++)
            used += weight(o, k) == 0 ? 0 : 1;
        if (used < SparseBelow * outputs * rows)
        {
            _weights = GC.AllocateArray<ulong>((int)used + 1, pinned: true);
            _indices = GC.AllocateArray<int>((int)used + 1, pinned: true);
            _starts = new int[outputs + 1];
            PackSparse(weight, _indices, _starts);
            return;
        }
        _weights = GC.AllocateArray<ulong>(checked(outputs * rows), pinned: true);
        PackDense(weight);
    }

    /// <summary>Rows that every output sums.</summary>
    internal int Rows => _rows;

    /// <summary>Number of outputs.</summary>
    internal int Outputs => _outputs;

    /// <summary>
    /// Makes all outputs from <paramref name="rows"/>, for the words [from, to); output o starts at
    /// <paramref name="output"/> + o · <paramref name="stride"/>.
    /// </summary>
    internal void Apply(ulong** rows, ulong* output, long stride, int from, int to)
    {
        fixed (ulong* weights = _weights)
        {
            if (_indices is not null)
            {
                ApplySparse(rows, weights, output, stride, from, to);
                return;
            }
            int o = 0;
            for (; o <= _outputs - WeightedRows.Block; o += WeightedRows.Block)
                WeightedRows.Sum4(rows, _rows, weights + (long)o * _rows, output + o * stride, stride, from, to);
            for (; o < _outputs; o++)
                WeightedRows.Sum1(rows, _rows, weights + (long)o * _rows, output + o * stride, from, to);
        }
    }

    private void ApplySparse(ulong** rows, ulong* weights, ulong* output, long stride, int from, int to)
    {
        fixed (int* indices = _indices)
            for (int o = 0; o < _outputs; o++)
            {
                int start = _starts![o];
                int count = _starts[o + 1] - start;
                WeightedRows.SumSparse(rows, indices + start, weights + start, count, output + o * stride, from, to);
            }
    }

    private void PackDense(Func<int, int, long> weight)
    {
        int blocked = _outputs / WeightedRows.Block * WeightedRows.Block;
        for (int o = 0; o < _outputs; o++)
        for (int k = 0; k < _rows; k++)
        {
            int block = o / WeightedRows.Block;
            int lane = o % WeightedRows.Block;
            int at = o < blocked ? (block * _rows + k) * WeightedRows.Block + lane : o * _rows + k;
            _weights[at] = (ulong)weight(o, k);
        }
    }

    private void PackSparse(Func<int, int, long> weight, int[] indices, int[] starts)
    {
        int at = 0;
        for (int o = 0; o < _outputs; o++)
        {
            for (int k = 0; k < _rows; k++)
            {
                long one = weight(o, k);
                if (one == 0)
                    continue;
                _weights[at] = (ulong)one;
                indices[at++] = k;
            }
            starts[o + 1] = at;
        }
    }
}
