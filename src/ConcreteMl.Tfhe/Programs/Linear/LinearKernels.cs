namespace ConcreteMl.Tfhe.Programs;

/// <summary>Makes the kernel of a linear instruction.</summary>
internal static class LinearKernels
{
    /// <summary>
    /// The kernel, or null for instructions that touch bodies or multiply whole values (Shift, Reencode, Constant) and for
    /// those that are not linear: the executors do these themselves.
    /// </summary>
    internal static LinearKernel? Create(TfheProgram program, Instruction instruction) =>
        instruction switch
        {
            MatMul one => new MatMulKernel(program, one),
            Conv one => new ConvKernel(program, one),
            SumPool one => new SumPoolKernel(program, one),
            Combine one => new CombineKernel(program, one),
            Scale one => new ScaleKernel(program, one),
            ReduceSum one => new ReduceSumKernel(program, one),
            View one => CopyKernel.Of(program, one),
            Concat one => CopyKernel.Of(program, one),
            Pad one => CopyKernel.Of(program, one),
            Gather one => CopyKernel.Of(program, one),
            _ => null,
        };
}
