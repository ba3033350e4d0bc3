using ConcreteMl.Tfhe.Programs;

namespace ConcreteMl.Tfhe.Tests.Programs;

/// <summary>Random linear instructions on random shapes, each as a legal program of its own.</summary>
internal static class RandomLinear
{
    private const int Bits = 8;

    internal static readonly string[] Kinds = ["matmul", "conv", "pool", "combine", "scale", "reduce", "view", "concat", "pad", "gather"];

    internal static TfheProgram Program(string kind, Random random)
    {
        ProgramBuilder builder = new();
        builder.Output(
            kind switch
            {
                "matmul" => MatMul(builder, random),
                "conv" => Conv(builder, random),
                "pool" => Pool(builder, random),
                "combine" => Combine(builder, random),
                "scale" => Scale(builder, random),
                "reduce" => Reduce(builder, random),
                "view" => View(builder, random),
                "concat" => Concat(builder, random),
                "pad" => Pad(builder, random),
                _ => Gather(builder, random),
            }
        );
        return builder.Build();
    }

    private static long[] Weights(int count, Random random)
    {
        double zeros = random.Next(3) * 0.45;
        return [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() < zeros ? 0L : random.Next(-300, 300))];
    }

    private static int[] Shape(Random random, int least, int most) =>
        [.. Enumerable.Range(0, random.Next(least, most + 1)).Select(_ => random.Next(1, 5))];

    private static int Size(int[] shape) => shape.Aggregate(1, (product, dimension) => product * dimension);

    private static int[] Thinned(int[] shape, Random random) =>
        [.. shape[random.Next(shape.Length)..].Select(dimension => random.Next(3) == 0 ? 1 : dimension)];

    private static int MatMul(ProgramBuilder builder, Random random)
    {
        int k = random.Next(1, 20);
        int[] batch = Shape(random, 0, 2);
        int[] x = random.Next(4) == 0 ? [k] : [.. batch, random.Next(1, 5), k];
        int[] wBatch = batch.Length > 0 && random.Next(2) == 0 ? Thinned(batch, random) : [];
        int[] w = random.Next(5) == 0 ? [k] : [.. wBatch, k, random.Next(1, 11)];
        return builder.MatMul(builder.Input(Bits, x), Shapes.MatMul(x, w)!, w, Weights(Size(w), random));
    }

    private static int Conv(ProgramBuilder builder, Random random)
    {
        int axes = random.Next(1, 4);
        int group = random.Next(1, 4);
        int[] kernel = [.. Enumerable.Range(0, axes).Select(_ => random.Next(1, 4))];
        int[] w = [group * random.Next(1, 6), random.Next(1, 4), .. kernel];
        int[] x = [random.Next(1, 3), group * w[1], .. kernel.Select(k => k + random.Next(1, 6))];
        int[][] window = Window(kernel, random);
        int[] y = [x[0], w[0], .. Cells(x, kernel, window)];
        int weights = builder.Constant(Weights(Size(w), random));
        int operand = builder.Input(Bits, x);
        int result = builder.Value(Bits, y);
        return builder.Add(new Conv(result, operand, weights, w, window[0], window[1], window[2], window[3], group, "conv"));
    }

    private static int Pool(ProgramBuilder builder, Random random)
    {
        int[] kernel = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(1, 4))];
        int[] x = [random.Next(1, 3), random.Next(1, 4), .. kernel.Select(k => k + random.Next(1, 6))];
        int[][] window = Window(kernel, random);
        int[] y = [x[0], x[1], .. Cells(x, kernel, window)];
        int operand = builder.Input(Bits, x);
        int result = builder.Value(Bits, y);
        return builder.Add(new SumPool(result, operand, kernel, window[0], window[1], window[2], window[3], "pool"));
    }

    private static int[][] Window(int[] kernel, Random random) =>
        [
            [.. kernel.Select(_ => random.Next(1, 3))],
            [.. kernel.Select(k => k == 1 ? 1 : random.Next(1, 3))],
            [.. kernel.Select(k => k + random.Next(0, 2))],
            [.. kernel.Select(k => k + random.Next(0, 2))],
        ];

    private static IEnumerable<int> Cells(int[] x, int[] kernel, int[][] window) =>
        kernel.Select(
            (k, axis) => (int)Shapes.WindowCells(x[axis + 2], k, window[0][axis], window[1][axis], window[2][axis], window[3][axis])
        );

    private static int Combine(ProgramBuilder builder, Random random)
    {
        int[] shape = Shape(random, 1, 4);
        int[] terms = [builder.Input(Bits, shape), .. Enumerable.Range(0, random.Next(3)).Select(_ => Term())];
        long[] multipliers = random.Next(2) == 0 ? [.. terms.Select(_ => 1L)] : Weights(terms.Length, random);
        return builder.Add(new Combine(builder.Value(Bits, shape), terms, multipliers, "combine"));

        int Term() => builder.Input(Bits, random.Next(2) == 0 ? shape : Thinned(shape, random));
    }

    private static int Scale(ProgramBuilder builder, Random random)
    {
        int[] shape = Shape(random, 1, 4);
        int[] factors = Thinned(shape, random);
        int constant = builder.Constant(Weights(Size(factors), random));
        int operand = builder.Input(Bits, shape);
        return builder.Add(new Scale(builder.Value(Bits, shape), operand, constant, factors, "scale"));
    }

    private static int Reduce(ProgramBuilder builder, Random random)
    {
        int[] shape = Shape(random, 1, 4);
        int[] axes = [.. Enumerable.Range(0, shape.Length).Where(_ => random.Next(2) == 0)];
        bool keep = random.Next(2) == 0;
        int[] result = keep
            ? [.. shape.Select((dimension, axis) => axes.Contains(axis) ? 1 : dimension)]
            : [.. shape.Where((_, axis) => !axes.Contains(axis))];
        int operand = builder.Input(Bits, shape);
        return builder.Add(new ReduceSum(builder.Value(Bits, result), operand, axes, keep, "reduce"));
    }

    private static int View(ProgramBuilder builder, Random random)
    {
        int operand = builder.Input(Bits, 3, 4, 5);
        return random.Next(4) switch
        {
            0 => builder.Add(new View(builder.Value(Bits, 5, 3, 4), operand, 0, [1, 20, 5], "transpose")),
            1 => builder.Add(new View(builder.Value(Bits, 2, 2, 5), operand, 4, [20, 10, -1], "slice and flip")),
            2 => builder.Add(new View(builder.Value(Bits, 6, 10), operand, 0, [10, 1], "reshape")),
            _ => builder.Add(new View(builder.Value(Bits, 7, 4, 2), operand, 3, [0, 5, 0], "broadcast")),
        };
    }

    private static int Concat(ProgramBuilder builder, Random random)
    {
        int[] shape = Shape(random, 1, 4);
        int axis = random.Next(shape.Length);
        int[] parts = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => builder.Input(Bits, Resized(random.Next(1, 4))))];
        int total = parts.Sum(part => builder.ShapeOf(part)[axis]);
        return builder.Add(new Concat(builder.Value(Bits, Resized(total)), parts, axis, "concat"));

        int[] Resized(int size) => [.. shape.Select((dimension, at) => at == axis ? size : dimension)];
    }

    private static int Pad(ProgramBuilder builder, Random random)
    {
        int[] shape = Shape(random, 1, 4);
        int[] before = [.. shape.Select(_ => random.Next(3))];
        int[] after = [.. shape.Select(_ => random.Next(3))];
        int[] result = [.. shape.Select((dimension, axis) => dimension + before[axis] + after[axis])];
        int operand = builder.Input(Bits, shape);
        return builder.Add(new Pad(builder.Value(Bits, result), operand, before, after, "pad"));
    }

    private static int Gather(ProgramBuilder builder, Random random)
    {
        int[] shape = Shape(random, 1, 4);
        int axis = random.Next(shape.Length);
        int[] indexShape = Shape(random, 0, 2);
        int constant = builder.Constant([.. Enumerable.Range(0, Size(indexShape)).Select(_ => (long)random.Next(shape[axis]))]);
        int operand = builder.Input(Bits, shape);
        int[] result = [.. shape[..axis], .. indexShape, .. shape[(axis + 1)..]];
        return builder.Add(new Gather(builder.Value(Bits, result), operand, axis, constant, "gather"));
    }
}
