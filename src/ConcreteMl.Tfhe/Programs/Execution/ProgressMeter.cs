namespace ConcreteMl.Tfhe.Programs;

/// <summary>Turns finished instructions into fractions of a run, weighted by a rough cost.</summary>
internal sealed class ProgressMeter
{
    private const double BootstrapCost = 4e6;
    private readonly IProgress<ExecutionProgress>? _progress;
    private readonly TfheProgram _program;
    private readonly double[] _costs;
    private readonly double _total;
    private double _done;

    internal ProgressMeter(TfheProgram program, IProgress<ExecutionProgress>? progress, int blocks)
    {
        _program = program;
        _progress = progress;
        _costs = [.. program.Instructions.Select(one => Cost(program, one))];
        _total = Math.Max(_costs.Sum() * blocks, 1.0);
    }

    /// <summary>Tells how far a running instruction has come, 0 to 1.</summary>
    internal void Report(int index, double part) =>
        _progress?.Report(
            new ExecutionProgress(Math.Min(1.0, (_done + part * _costs[index]) / _total), index, _program.Instructions[index].Origin)
        );

    /// <summary>Tells that an instruction is done.</summary>
    internal void Finish(int index)
    {
        _done += _costs[index];
        Report(index, 0.0);
    }

    private static double Cost(TfheProgram program, Instruction instruction)
    {
        double count = program.Values[instruction.Result].Count;
        return count * (1.0 + BootstrapCost * ProgramCost.BootstrapsPerElement(program, instruction));
    }
}
