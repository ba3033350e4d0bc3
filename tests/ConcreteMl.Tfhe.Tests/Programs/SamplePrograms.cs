using ConcreteMl.Tfhe.Programs;

namespace ConcreteMl.Tfhe.Tests.Programs;

/// <summary>Programs that several tests run.</summary>
internal static class SamplePrograms
{
    /// <summary>Every instruction at least once: a small convolutional network with two outputs and a passed-through input.</summary>
    internal static TfheProgram Everything(ParameterSet? parameters = null)
    {
        ProgramBuilder b = new();
        int image = b.Input(6, 1, 2, 4, 4);
        int extra = b.Input(6, 1, 3);
        int conv = b.Value(6, 1, 3, 4, 4);
        int kernel = b.Constant([.. Enumerable.Range(0, 3 * 2 * 9).Select(i => (long)(i * 7 % 3 - 1))]);
        b.Add(new Conv(conv, image, kernel, [3, 2, 3, 3], [1, 1], [1, 1], [1, 1], [1, 1], 1, "conv"));
        int shifted = b.Value(6, 1, 3, 4, 4);
        b.Add(new Shift(shifted, conv, b.Constant(1, -2, 3), [3, 1, 1], "bias"));
        int rounded = b.Add(new RoundExact(b.Value(4, 1, 3, 4, 4), shifted, 2, 0, "round"));
        int tables = b.Tables(4, 6, [.. Range(4).Select(c => Math.Max(c, 0L)), .. Range(4).Select(c => -c / 2), .. Range(4)]);
        int relu = b.Value(6, 1, 3, 4, 4);
        b.Add(new Lookup(relu, rounded, tables, b.Constant(0, 1, 2), [3, 1, 1], 0, "relu"));
        int pooled = b.Value(6, 1, 3, 2, 2);
        b.Add(new SumPool(pooled, relu, [2, 2], [2, 2], [1, 1], [0, 0], [0, 0], "pool"));
        int flat = b.Add(new View(b.Value(6, 1, 12), pooled, 0, [12, 1], "flatten"));
        int product = b.MatMul(flat, [1, 3], [12, 3], [.. Enumerable.Range(0, 36).Select(i => (long)(i % 5 == 0 ? 1 : 0))]);
        int sum = b.Add(new Combine(b.Value(6, 1, 3), [product, extra], [1, -2], "residual"));
        int approximate = b.Add(new RoundApproximate(b.Value(4, 1, 3), sum, 2, "approximate"));
        int last = b.Lookup(approximate, 6, 0, code => code * code / 8);
        int joined = b.Add(new Concat(b.Value(6, 1, 6), [last, extra], 1, "concat"));
        int padded = b.Add(new Pad(b.Value(6, 1, 8), joined, [0, 1], [0, 1], "pad"));
        int picked = b.Add(new Gather(b.Value(6, 1, 4), padded, 1, b.Constant(7, 1, 1, 5), "gather"));
        int scaled = b.Add(new Scale(b.Value(6, 1, 4), picked, b.Constant(1, -1, 2, 1), [4], "scale"));
        int narrow = b.Add(new Reencode(b.Value(5, 1, 4), scaled, "reencode"));
        int total = b.Add(new ReduceSum(b.Value(5, 1), narrow, [1], false, "sum"));
        int constant = b.Add(new Constant(b.Value(5, 1), b.Constant(-3), "constant"));
        b.Output(b.Add(new Combine(b.Value(5, 1), [total, constant], [1, 1], "add")));
        b.Output(narrow);
        b.Output(extra);
        return b.Build(parameters);
    }

    /// <summary>Inputs of <see cref="Everything"/>, small enough that no width overflows.</summary>
    internal static long[][] EverythingInputs(Random random) =>
        [
            [.. Enumerable.Range(0, 32).Select(_ => (long)random.Next(-1, 2))],
            [.. Enumerable.Range(0, 3).Select(_ => (long)random.Next(-2, 3))],
        ];

    /// <summary>One lookup of the identity on <paramref name="count"/> elements of <paramref name="bits"/> bits.</summary>
    internal static TfheProgram Identity(int count, int bits, ParameterSet? parameters = null)
    {
        ProgramBuilder b = new();
        b.Output(b.Lookup(b.Input(bits, count), bits, 0, code => code));
        return b.Build(parameters);
    }

    internal static IEnumerable<long> Range(int bits) => Enumerable.Range(0, 1 << bits).Select(i => i - (1L << (bits - 1)));

    /// <summary>Codes of all values in the width.</summary>
    internal static long[] Codes(int count, int bits, Random random) =>
        [.. Enumerable.Range(0, count).Select(_ => random.NextInt64(-(1L << (bits - 1)), 1L << (bits - 1)))];
}
