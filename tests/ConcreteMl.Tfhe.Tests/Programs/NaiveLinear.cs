using ConcreteMl.Tfhe.Programs;

namespace ConcreteMl.Tfhe.Tests.Programs;

/// <summary>Linear instructions straight from their definitions, on one word per element and without any sharing of work.</summary>
internal static class NaiveLinear
{
    internal static ulong[] Run(TfheProgram program, Instruction instruction, ulong[][] operands)
    {
        int[] shape = program.Values[instruction.Result].Shape;
        ulong[] result = new ulong[Size(shape)];
        for (int flat = 0; flat < result.Length; flat++)
            result[flat] = Element(program, instruction, operands, Position(flat, shape));
        return result;
    }

    private static ulong Element(TfheProgram program, Instruction instruction, ulong[][] x, int[] at)
    {
        int[] ShapeOf(int value) => program.Values[value].Shape;
        ulong[] Constant(int index) => [.. program.Constants[index].Select(entry => (ulong)entry)];
        switch (instruction)
        {
            case MatMul one:
                return Product(x[0], ShapeOf(one.Operand), Constant(one.Constant), one.WeightShape, at);
            case Conv one:
                return Convolve(one, x[0], ShapeOf(one.Operand), Constant(one.Constant), at);
            case SumPool one:
                int[] input = ShapeOf(one.Operand);
                return Window(x[0], input, one.Kernel, one.Strides, one.Dilations, one.PadsBegin, at, at[1], _ => 1);
            case Combine one:
                ulong sum = 0;
                for (int term = 0; term < one.Terms.Length; term++)
                    sum += (ulong)one.Multipliers[term] * Broadcast(x[term], ShapeOf(one.Terms[term]), at);
                return sum;
            case Scale one:
                return Broadcast(x[0], ShapeOf(one.Operand), at) * Broadcast(Constant(one.Constant), one.ConstantShape, at);
            case ReduceSum one:
                return Reduce(one, x[0], ShapeOf(one.Operand), at);
            case View one:
                return x[0][one.Offset + at.Select((position, axis) => position * one.Strides[axis]).Sum()];
            case Concat one:
                return Concatenated(one, program, x, at);
            case Pad one:
                int[] inner = [.. at.Select((position, axis) => position - one.Before[axis])];
                return IsInside(inner, ShapeOf(one.Operand)) ? x[0][Flat(inner, ShapeOf(one.Operand))] : 0;
            case Gather one:
                return Gathered(one, program, x[0], at);
            default:
                throw new InvalidOperationException(instruction.Operation);
        }
    }

    private static ulong Product(ulong[] x, int[] xShape, ulong[] w, int[] wShape, int[] at)
    {
        int depth = xShape[^1];
        List<int> position = [.. at];
        int column = 0;
        int row = 0;
        if (wShape.Length > 1)
        {
            column = position[^1];
            position.RemoveAt(position.Count - 1);
        }
        if (xShape.Length > 1)
        {
            row = position[^1];
            position.RemoveAt(position.Count - 1);
        }
        ulong sum = 0;
        for (int k = 0; k < depth; k++)
        {
            int[] left = xShape.Length > 1 ? [.. position, row, k] : [k];
            int[] right = wShape.Length > 1 ? [.. position, k, column] : [k];
            sum += Broadcast(x, xShape, left) * Broadcast(w, wShape, right);
        }
        return sum;
    }

    private static ulong Convolve(Conv one, ulong[] x, int[] input, ulong[] w, int[] at)
    {
        int group = at[1] / (one.WeightShape[0] / one.Group);
        int[] kernel = one.WeightShape[2..];
        ulong sum = 0;
        for (int c = 0; c < one.WeightShape[1]; c++)
        {
            int weight = (at[1] * one.WeightShape[1] + c) * Size(kernel);
            int channel = group * one.WeightShape[1] + c;
            sum += Window(x, input, kernel, one.Strides, one.Dilations, one.PadsBegin, at, channel, tap => w[weight + tap]);
        }
        return sum;
    }

    private static ulong Window(
        ulong[] x,
        int[] input,
        int[] kernel,
        int[] strides,
        int[] dilations,
        int[] pads,
        int[] at,
        int channel,
        Func<int, ulong> weight
    )
    {
        ulong sum = 0;
        for (int tap = 0; tap < Size(kernel); tap++)
        {
            int[] offset = Position(tap, kernel);
            int[] source = [at[0], channel, .. offset.Select((k, axis) => at[axis + 2] * strides[axis] + k * dilations[axis] - pads[axis])];
            if (IsInside(source, input))
                sum += weight(tap) * x[Flat(source, input)];
        }
        return sum;
    }

    private static ulong Reduce(ReduceSum one, ulong[] x, int[] input, int[] at)
    {
        ulong sum = 0;
        for (int flat = 0; flat < x.Length; flat++)
        {
            int[] position = Position(flat, input);
            int[] kept = one.KeepDims
                ? [.. position.Select((p, axis) => one.Axes.Contains(axis) ? 0 : p)]
                : [.. position.Where((_, axis) => !one.Axes.Contains(axis))];
            if (kept.SequenceEqual(at))
                sum += x[flat];
        }
        return sum;
    }

    private static ulong Concatenated(Concat one, TfheProgram program, ulong[][] x, int[] at)
    {
        int[] position = [.. at];
        for (int part = 0; ; part++)
        {
            int[] shape = program.Values[one.Parts[part]].Shape;
            if (position[one.Axis] < shape[one.Axis])
                return x[part][Flat(position, shape)];
            position[one.Axis] -= shape[one.Axis];
        }
    }

    private static ulong Gathered(Gather one, TfheProgram program, ulong[] x, int[] at)
    {
        int[] shape = program.Values[one.Operand].Shape;
        int[] result = program.Values[one.Result].Shape;
        int rank = result.Length - shape.Length + 1;
        int[] indexShape = result[one.Axis..(one.Axis + rank)];
        long index = program.Constants[one.Constant][Flat(at[one.Axis..(one.Axis + rank)], indexShape)];
        return x[Flat([.. at[..one.Axis], (int)index, .. at[(one.Axis + rank)..]], shape)];
    }

    private static ulong Broadcast(ulong[] x, int[] shape, int[] at)
    {
        int[] tail = at[(at.Length - shape.Length)..];
        return x[Flat([.. tail.Select((position, axis) => shape[axis] == 1 ? 0 : position)], shape)];
    }

    private static bool IsInside(int[] at, int[] shape) => at.Zip(shape).All(pair => pair.First >= 0 && pair.First < pair.Second);

    private static int Size(int[] shape) => shape.Aggregate(1, (product, dimension) => product * dimension);

    private static int Flat(int[] at, int[] shape) => at.Zip(shape).Aggregate(0, (flat, pair) => flat * pair.Second + pair.First);

    private static int[] Position(int flat, int[] shape)
    {
        int[] at = new int[shape.Length];
        for (int axis = shape.Length - 1; axis >= 0; axis--)
            (flat, at[axis]) = (flat / shape[axis], flat % shape[axis]);
        return at;
    }
}
