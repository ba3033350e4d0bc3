namespace ConcreteMl.Tfhe.Programs;

/// <summary>Judges one layout instruction whose operands and result are known values.</summary>
internal sealed class LayoutRules(TfheProgram program, Instruction instruction, Action<string> report)
{
    private ProgramValue Result => program.Values[instruction.Result];

    internal void Verify()
    {
        switch (instruction)
        {
            case View one:
                VerifyView(one);
                break;
            case Concat one:
                VerifyConcat(one);
                break;
            case Pad one:
                VerifyPad(one);
                break;
            case Gather one:
                VerifyGather(one);
                break;
            case Reencode one:
                ExpectShape(Value(one.Operand).Shape);
                if (Result.Bits > Value(one.Operand).Bits)
                    report($"from {Value(one.Operand).Bits} to {Result.Bits} bits: the result cannot be wider");
                if (!Result.Step.IsWhole || !Value(one.Operand).Step.IsWhole)
                    report("what is re-encoded has no whole width");
                break;
            case Constant one:
                VerifyConstant(one);
                break;
            default:
                report("no such operation");
                break;
        }
    }

    private ProgramValue Value(int index) => program.Values[index];

    private void VerifyView(View one)
    {
        ExpectSameStep(one.Operand);
        if (one.Strides.Length != Result.Shape.Length)
        {
            report($"{one.Strides.Length} strides for a result {Shapes.Text(Result.Shape)}");
            return;
        }
        Int128 low = one.Offset;
        Int128 high = one.Offset;
        for (int axis = 0; axis < one.Strides.Length; axis++)
        {
            Int128 reach = (Int128)one.Strides[axis] * (Result.Shape[axis] - 1);
            low += reach < 0 ? reach : 0;
            high += reach > 0 ? reach : 0;
        }
        long count = Value(one.Operand).Count;
        if (low < 0 || high >= count)
            report($"elements {low} to {high} of an operand of {count}");
    }

    private void VerifyConcat(Concat one)
    {
        if (one.Parts.Length == 0)
        {
            report("nothing to concatenate");
            return;
        }
        int[] first = Value(one.Parts[0]).Shape;
        if ((uint)one.Axis >= (uint)first.Length)
        {
            report($"axis {one.Axis} of {Shapes.Text(first)}");
            return;
        }
        long total = 0;
        foreach (int part in one.Parts)
        {
            ExpectSameStep(part);
            int[] shape = Value(part).Shape;
            if (shape.Length != first.Length || Enumerable.Range(0, first.Length).Any(a => a != one.Axis && shape[a] != first[a]))
            {
                report($"{Shapes.Text(shape)} beside {Shapes.Text(first)} along axis {one.Axis}");
                return;
            }
            total += shape[one.Axis];
        }
        int[] expected = [.. first];
        expected[one.Axis] = (int)Math.Min(total, int.MaxValue);
        ExpectShape(expected);
    }

    private void VerifyPad(Pad one)
    {
        ExpectSameStep(one.Operand);
        int[] shape = Value(one.Operand).Shape;
        if (one.Before.Length != shape.Length || one.After.Length != shape.Length)
            report($"{one.Before.Length} and {one.After.Length} pads for {Shapes.Text(shape)}");
        else if (one.Before.Concat(one.After).Any(pad => pad < 0))
            report("pads are at least 0");
        else
            ExpectShape([.. shape.Select((size, axis) => (int)Math.Min((long)size + one.Before[axis] + one.After[axis], int.MaxValue))]);
    }

    private void VerifyGather(Gather one)
    {
        ExpectSameStep(one.Operand);
        int[] shape = Value(one.Operand).Shape;
        if ((uint)one.Axis >= (uint)shape.Length)
        {
            report($"axis {one.Axis} of {Shapes.Text(shape)}");
            return;
        }
        if ((uint)one.Constant >= (uint)program.Constants.Count)
        {
            report($"constant {one.Constant} of {program.Constants.Count}");
            return;
        }
        long[] indices = program.Constants[one.Constant];
        if (indices.Any(index => index < 0 || index >= shape[one.Axis]))
            report($"an index lies outside 0 to {shape[one.Axis] - 1}");
        int lead = one.Axis;
        int trail = shape.Length - one.Axis - 1;
        int[] result = Result.Shape;
        if (
            result.Length < lead + trail
            || !result.AsSpan(0, lead).SequenceEqual(shape.AsSpan(0, lead))
            || !result.AsSpan(result.Length - trail).SequenceEqual(shape.AsSpan(one.Axis + 1))
            || Shapes.Count(result.AsSpan(lead, result.Length - lead - trail)) != indices.Length
        )
            report($"{indices.Length} indices along axis {one.Axis} of {Shapes.Text(shape)} do not make {Shapes.Text(result)}");
    }

    private void VerifyConstant(Constant one)
    {
        if ((uint)one.ConstantId >= (uint)program.Constants.Count)
            report($"constant {one.ConstantId} of {program.Constants.Count}");
        else if (program.Constants[one.ConstantId].Length != Result.Count)
            report($"{program.Constants[one.ConstantId].Length} codes for {Shapes.Text(Result.Shape)}");
    }

    private void ExpectShape(int[] shape)
    {
        if (!Result.Shape.AsSpan().SequenceEqual(shape))
            report($"the result is {Shapes.Text(Result.Shape)}, expected {Shapes.Text(shape)}");
    }

    private void ExpectSameStep(int operand) => SharedStep.Verify(program, operand, instruction.Result, report);
}
