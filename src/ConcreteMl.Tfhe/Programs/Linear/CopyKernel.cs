namespace ConcreteMl.Tfhe.Programs;

/// <summary>Moves rows: row r of the result is a row of one of the operands, or zeros.</summary>
internal sealed unsafe class CopyKernel : LinearKernel
{
    private readonly int[] _sources;
    private readonly int[] _operands;

    private CopyKernel(int[] sources, int[] operands, long operandCount)
    {
        _sources = sources;
        _operands = operands;
        IsIdentity = operands.Length == 0 && sources.Length == operandCount;
        for (int row = 0; row < sources.Length && IsIdentity; row++)
            IsIdentity = sources[row] == row;
    }

    /// <summary>Whether the result is the one operand itself, in order and complete, so that nothing needs to move.</summary>
    internal bool IsIdentity { get; }

    internal static CopyKernel Of(TfheProgram program, View view)
    {
        int[] shape = program.Values[view.Result].Shape;
        return new CopyKernel(StridedIndices.All(shape, view.Offset, view.Strides), [], program.Values[view.Operand].Count);
    }

    internal static CopyKernel Of(TfheProgram program, Gather gather)
    {
        int[] shape = program.Values[gather.Operand].Shape;
        long[] indices = program.Constants[gather.Constant];
        int inner = Shapes.Count(shape.AsSpan(gather.Axis + 1));
        int outer = Shapes.Count(shape.AsSpan(0, gather.Axis));
        int[] sources = new int[checked(outer * indices.Length * inner)];
        int at = 0;
        for (int lead = 0; lead < outer; lead++)
            foreach (long index in indices)
                for (int tail = 0; tail < inner; tail++)
                    sources[at++] = (lead * shape[gather.Axis] + (int)index) * inner + tail;
        return new CopyKernel(sources, [], program.Values[gather.Operand].Count);
    }

    internal static CopyKernel Of(TfheProgram program, Pad pad)
    {
        int[] from = program.Values[pad.Operand].Shape;
        int[] to = program.Values[pad.Result].Shape;
        int[] sources = new int[Shapes.Count(to)];
        Array.Fill(sources, -1);
        long[] strides = Shapes.Strides(to);
        long offset = 0;
        for (int axis = 0; axis < to.Length; axis++)
            offset += pad.Before[axis] * strides[axis];
        int[] targets = StridedIndices.All(from, offset, strides);
        for (int row = 0; row < targets.Length; row++)
            sources[targets[row]] = row;
        return new CopyKernel(sources, [], program.Values[pad.Operand].Count);
    }

    internal static CopyKernel Of(TfheProgram program, Concat concat)
    {
        int[] shape = program.Values[concat.Result].Shape;
        int inner = Shapes.Count(shape.AsSpan(concat.Axis + 1));
        int outer = Shapes.Count(shape.AsSpan(0, concat.Axis));
        int[] sources = new int[Shapes.Count(shape)];
        int[] operands = new int[sources.Length];
        int at = 0;
        for (int lead = 0; lead < outer; lead++)
        for (int part = 0; part < concat.Parts.Length; part++)
        {
            int run = program.Values[concat.Parts[part]].Shape[concat.Axis] * inner;
            for (int row = 0; row < run; row++, at++)
            {
                sources[at] = lead * run + row;
                operands[at] = part;
            }
        }
        return new CopyKernel(sources, operands, -1);
    }

    internal override void Run(ReadOnlySpan<RowTensor> operands, RowTensor result, RowWork work)
    {
        RowTensor[] shared = operands.ToArray();
        work.Run(
            result.Count,
            result.RowWords,
            (first, last) =>
            {
                for (int row = (int)first; row < last; row++)
                {
                    int source = _sources[row];
                    if (source < 0)
                        result.Words(row).Clear();
                    else
                        shared[_operands.Length == 0 ? 0 : _operands[row]].Words(source).CopyTo(result.Words(row));
                }
            }
        );
    }
}
