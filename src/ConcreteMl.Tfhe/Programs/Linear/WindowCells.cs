namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// Which input cells each output cell of a window operation reads: one table over (output cell, kernel cell), −1 where
/// padding lies. Cells are numbered row-major over the spatial axes.
/// </summary>
internal sealed class WindowCells
{
    internal WindowCells(int[] input, int[] output, int[] kernel, int[] strides, int[] dilations, int[] padsBegin)
    {
        InputCells = Shapes.Count(input);
        OutputCells = Shapes.Count(output);
        KernelCells = Shapes.Count(kernel);
        Sources = new int[checked(OutputCells * KernelCells)];
        int rank = input.Length;
        int[] outputAt = new int[rank];
        int[] kernelAt = new int[rank];
        for (int cell = 0; cell < OutputCells; cell++)
        {
            Unflatten(cell, output, outputAt);
            for (int tap = 0; tap < KernelCells; tap++)
            {
                Unflatten(tap, kernel, kernelAt);
                int source = 0;
                for (int axis = 0; axis < rank && source >= 0; axis++)
                {
                    int at = outputAt[axis] * strides[axis] + kernelAt[axis] * dilations[axis] - padsBegin[axis];
                    source = (uint)at < (uint)input[axis] ? source * input[axis] + at : -1;
                }
                Sources[cell * KernelCells + tap] = source;
            }
        }
    }

    /// <summary>Spatial cells of the input.</summary>
    internal int InputCells { get; }

    /// <summary>Spatial cells of the output.</summary>
    internal int OutputCells { get; }

    /// <summary>Cells of the kernel.</summary>
    internal int KernelCells { get; }

    /// <summary>Input cell, or −1, at [output cell · KernelCells + kernel cell].</summary>
    internal int[] Sources { get; }

    private static void Unflatten(int index, int[] shape, int[] position)
    {
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            position[axis] = index % shape[axis];
            index /= shape[axis];
        }
    }
}
