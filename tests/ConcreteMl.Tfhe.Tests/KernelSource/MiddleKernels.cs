namespace ConcreteMl.Tfhe.Tests.KernelSource;

/// <summary>Writes the middle passes inside a sub-block: every node split by a radix, streams "stride" bytes apart, in place.</summary>
internal static class MiddleKernels
{
    private const int Double = sizeof(double);

    // few twiddles stay in registers; many are broadcast where they are used
    private const int MostKept = 4;

    /// <summary>A middle pass of one radix, one way.</summary>
    internal static string Write(SourceIsa isa, int radix, bool forward)
    {
        string way = forward ? "Forward" : "Inverse";
        KernelWriter writer = new(
            isa,
            $"A middle pass by radix {radix}, {(forward ? "forward" : "back")}: nodes of {radix} streams, \"stride\" bytes apart.",
            $"{way}Middle{radix}",
            null,
            "points",
            "twiddles",
            "nodes",
            "stride"
        );
        Variable[] constants = Butterfly.Constants(writer, radix);
        writer.Loop(
            "0",
            "nodes",
            "1",
            _ =>
            {
                Variable[] streams = [.. Enumerable.Range(0, radix).Select(k => Stream(writer, k))];
                Func<int, ComplexVariable> twiddle = k => writer.BroadcastComplex(new(new("twiddles"), null, (k - 1) * 2 * Double));
                if (radix <= MostKept)
                {
                    ComplexVariable[] kept = [.. Enumerable.Range(1, radix - 1).Select(twiddle)];
                    twiddle = k => kept[k - 1];
                }
                writer.Loop(
                    "0",
                    "stride",
                    $"{2 * writer.VectorBytes}",
                    offset =>
                    {
                        ComplexVariable[] z = [.. streams.Select(stream => writer.LoadComplex(new(stream, offset)))];
                        z = forward ? Butterfly.Forward(writer, z, twiddle, constants) : Butterfly.Inverse(writer, z, twiddle, constants);
                        for (int k = 0; k < radix; k++)
                            writer.StoreComplex(new(streams[k], offset), z[k]);
                    }
                );
                writer.Line($"points += {radix} * stride;");
                writer.Line($"twiddles += {TransformPlan.ScalarLength(radix) * Double};");
            }
        );
        return writer.Finish();
    }

    private static Variable Stream(KernelWriter writer, int k) =>
        writer.Address(
            k switch
            {
                0 => "points",
                1 => "points + stride",
                _ => $"points + ({k} * stride)",
            }
        );
}
