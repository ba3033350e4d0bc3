using Spectre.Console;

namespace ConcreteMl.Cli.Output;

/// <summary>The first rows of outputs, for people.</summary>
internal static class TensorLines
{
    private const int MostRows = 10;
    private const int MostColumns = 8;

    internal static void Show(IAnsiConsole console, IReadOnlyList<Tensor> outputs)
    {
        for (int output = 0; output < outputs.Count; output++)
        {
            Tensor tensor = outputs[output];
            console.WriteLine($"output {output}: {tensor}");
            int rows = tensor.Shape.Count == 0 ? 1 : Math.Min(tensor.Shape[0], MostRows);
            for (int row = 0; row < rows; row++)
            {
                double[] values = tensor.Shape.Count == 0 ? tensor.ToDoubles() : tensor.Sample(row).ToDoubles();
                string shown = string.Join(' ', values.Take(MostColumns).Select(value => Numbers.Figure(value)));
                console.WriteLine($"{row, 6}: {shown}{(values.Length > MostColumns ? " …" : "")}");
            }
        }
    }
}
