using ConcreteMl.Tfhe.Programs;

namespace ConcreteMl.Tfhe.Tests.Programs;

/// <summary>Random programs over matrices: values are reused, widths overflow, results of any step may be outputs.</summary>
internal static class RandomPrograms
{
    private const int Bits = 7;
    private const int Size = 4;

    internal static TfheProgram Next(Random random)
    {
        ProgramBuilder builder = new();
        List<int> values = [builder.Input(Bits, Size, Size), builder.Input(Bits, Size, Size)];
        int steps = random.Next(1, 12);
        for (int step = 0; step < steps; step++)
            values.Add(Step(builder, values[random.Next(values.Count)], values[random.Next(values.Count)], random));
        foreach (int value in values.Where(_ => random.Next(4) == 0).Append(values[^1]).Distinct())
            builder.Output(value);
        return builder.Build();
    }

    private static int Step(ProgramBuilder b, int one, int other, Random random)
    {
        int result() => b.Value(Bits, Size, Size);
        long[] constants(int count) => [.. Enumerable.Range(0, count).Select(_ => (long)random.Next(-9, 10))];
        switch (random.Next(10))
        {
            case 0:
                return b.Add(new MatMul(result(), one, b.Constant(constants(Size * Size)), [Size, Size], "matmul"));
            case 1:
                return b.Add(new Combine(result(), [one, other], constants(2), "combine"));
            case 2:
                return b.Add(new Shift(result(), one, b.Constant(constants(Size)), [Size, 1], "shift"));
            case 3:
                return b.Add(new Scale(result(), one, b.Constant(constants(Size)), [Size], "scale"));
            case 4:
                return b.Add(new View(result(), one, 0, random.Next(2) == 0 ? [1, Size] : [Size, 1], "view"));
            case 5:
                return b.Add(new Gather(result(), one, 0, b.Constant(3, 0, 0, 2), "gather"));
            case 6:
                return b.Lookup(one, Bits, 0, code => (code * code % 64) - 32);
            case 7:
                int[] both = b.LookupMany(one, 0, (Bits, code => 3 * code / 2 % 64), (Bits, code => (code * code % 64) - 32));
                return b.Add(new Combine(result(), [both[0], both[1], other], constants(3), "combine"));
            case 8:
                int rounded = b.Add(new RoundExact(b.Value(Bits - 3, Size, Size), one, Digits(random), "round"));
                return b.Lookup(rounded, Bits, 0, code => 5 * code);
            default:
                int approximate = b.Add(new RoundApproximate(b.Value(Bits - 2, Size, Size), one, 2, "approximate"));
                int moved = b.Add(new Shift(b.Value(Bits - 2, Size, Size), approximate, b.Constant(1), [], "shift"));
                return b.Lookup(moved, Bits, 0, code => -code);
        }
    }

    /// <summary>Three bits in one, two or three digits.</summary>
    private static RoundingDigit[] Digits(Random random)
    {
        int[][] sizes =
        [
            [3],
            [1, 2],
            [2, 1],
            [1, 1, 1],
        ];
        return [.. sizes[random.Next(sizes.Length)].Select(bits => new RoundingDigit(bits, 0))];
    }
}
