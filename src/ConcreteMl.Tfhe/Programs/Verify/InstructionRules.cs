namespace ConcreteMl.Tfhe.Programs;

/// <summary>Judges one instruction whose operands and result are known values.</summary>
internal sealed class InstructionRules(TfheProgram program, Instruction instruction, Action<string> report)
{
    private ProgramValue Result => program.Values[instruction.Result];

    internal void Verify()
    {
        switch (instruction)
        {
            case MatMul one:
                VerifyMatMul(one);
                break;
            case Conv one:
                VerifyConv(one);
                break;
            case SumPool one:
                ExpectSameStep(one.Operand);
                VerifyWindow(Value(one.Operand), one.Kernel, one.Strides, one.Dilations, one.PadsBegin, one.PadsEnd, null);
                break;
            case Combine one:
                VerifyCombine(one);
                break;
            case Scale one:
                VerifyElementWise(one.Operand, one.Constant, one.ConstantShape);
                break;
            case Shift one:
                VerifyElementWise(one.Operand, one.Constant, one.ConstantShape);
                break;
            case ReduceSum one:
                VerifyReduceSum(one);
                break;
            case Lookup or LookupMany or RoundExact or RoundApproximate:
                new BootstrapRules(program, instruction, report).Verify();
                break;
            default:
                new LayoutRules(program, instruction, report).Verify();
                break;
        }
    }

    private ProgramValue Value(int index) => program.Values[index];

    private void VerifyMatMul(MatMul one)
    {
        ExpectSameStep(one.Operand);
        if (!ExpectConstant(one.Constant, one.WeightShape))
            return;
        if (Shapes.MatMul(Value(one.Operand).Shape, one.WeightShape) is { } shape)
            ExpectShape(shape);
        else
            report($"{Shapes.Text(Value(one.Operand).Shape)} times {Shapes.Text(one.WeightShape)} has no product");
    }

    private void VerifyConv(Conv one)
    {
        ExpectSameStep(one.Operand);
        ProgramValue operand = Value(one.Operand);
        if (!ExpectConstant(one.Constant, one.WeightShape))
            return;
        int channels = operand.Shape.Length > 1 ? operand.Shape[1] : 0;
        if (one.WeightShape.Length < 2 || one.WeightShape.Length != operand.Shape.Length)
            report($"weights {Shapes.Text(one.WeightShape)} for an operand {Shapes.Text(operand.Shape)}");
        else if (one.Group < 1 || one.WeightShape[0] % one.Group != 0 || (long)one.WeightShape[1] * one.Group != channels)
            report($"{one.Group} groups of weights {Shapes.Text(one.WeightShape)} for {channels} channels");
        else
            VerifyWindow(operand, one.WeightShape[2..], one.Strides, one.Dilations, one.PadsBegin, one.PadsEnd, one.WeightShape[0]);
    }

    private void VerifyWindow(ProgramValue operand, int[] kernel, int[] strides, int[] dilations, int[] before, int[] after, int? channels)
    {
        int axes = operand.Shape.Length - 2;
        int[][] all = [kernel, strides, dilations, before, after];
        if (axes < 0 || all.Any(one => one.Length != axes))
        {
            report($"kernel, strides, dilations and pads take {Math.Max(axes, 0)} entries each");
            return;
        }
        int[][] positive = [kernel, strides, dilations];
        int[][] pads = [before, after];
        if (positive.Any(one => one.Any(entry => entry < 1)) || pads.Any(one => one.Any(entry => entry < 0)))
        {
            report("kernel, strides and dilations are at least 1, pads at least 0");
            return;
        }
        long[] cells = new long[axes];
        for (int axis = 0; axis < axes; axis++)
            cells[axis] = Shapes.WindowCells(
                operand.Shape[axis + 2],
                kernel[axis],
                strides[axis],
                dilations[axis],
                before[axis],
                after[axis]
            );
        if (cells.Any(count => count is < 1 or > int.MaxValue))
            report($"a window of {Shapes.Text(kernel)} does not fit {Shapes.Text(operand.Shape)}");
        else
            ExpectShape([operand.Shape[0], channels ?? operand.Shape[1], .. cells.Select(count => (int)count)]);
    }

    private void VerifyCombine(Combine one)
    {
        if (one.Terms.Length == 0 || one.Terms.Length != one.Multipliers.Length)
        {
            report($"{one.Terms.Length} terms with {one.Multipliers.Length} multipliers");
            return;
        }
        int[]? shape = Value(one.Terms[0]).Shape;
        foreach (int term in one.Terms)
        {
            ExpectSameStep(term);
            shape = shape is null ? null : Shapes.Broadcast(shape, Value(term).Shape);
        }
        if (shape is null)
            report("the terms have no common shape");
        else
            ExpectShape(shape);
    }

    private void VerifyElementWise(int operand, int constant, int[] constantShape)
    {
        ExpectSameStep(operand);
        ExpectShape(Value(operand).Shape);
        if (ExpectConstant(constant, constantShape) && !Shapes.BroadcastsTo(constantShape, Value(operand).Shape))
            report($"constants {Shapes.Text(constantShape)} do not broadcast to {Shapes.Text(Value(operand).Shape)}");
    }

    private void VerifyReduceSum(ReduceSum one)
    {
        ExpectSameStep(one.Operand);
        int[] shape = Value(one.Operand).Shape;
        if (one.Axes.Any(axis => (uint)axis >= (uint)shape.Length) || one.Axes.Distinct().Count() != one.Axes.Length)
            report($"axes {Shapes.Text(one.Axes)} of an operand {Shapes.Text(shape)}");
        else
            ExpectShape(
                one.KeepDims
                    ? [.. shape.Select((dimension, axis) => one.Axes.Contains(axis) ? 1 : dimension)]
                    : [.. shape.Where((_, axis) => !one.Axes.Contains(axis))]
            );
    }

    private void ExpectShape(int[] shape)
    {
        if (!Result.Shape.AsSpan().SequenceEqual(shape))
            report($"the result is {Shapes.Text(Result.Shape)}, expected {Shapes.Text(shape)}");
    }

    private void ExpectSameStep(int operand) => SharedStep.Verify(program, operand, instruction.Result, report);

    private bool ExpectConstant(int constant, int[] shape)
    {
        if ((uint)constant >= (uint)program.Constants.Count)
            report($"constant {constant} of {program.Constants.Count}");
        else if (!Shapes.TryCount(shape, out int count) || program.Constants[constant].Length != count)
            report($"constant {constant} has {program.Constants[constant].Length} entries for shape {Shapes.Text(shape)}");
        else
            return true;
        return false;
    }
}
