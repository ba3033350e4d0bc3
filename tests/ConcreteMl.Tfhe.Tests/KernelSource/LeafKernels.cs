namespace ConcreteMl.Tfhe.Tests.KernelSource;

/// <summary>
/// Writes the passes over leaf blocks of W * W points, W the lanes: a radix W across registers, a transpose, and a radix W with one
/// twiddle a lane. The numbers of leaves and rows are arguments, so that polynomials of every size share them.
/// </summary>
internal static class LeafKernels
{
    private const int Double = sizeof(double);
    private const int CacheLine = 64;
    private static readonly TypeConstant KeyFetch = new("TFetch", nameof(IKeyFetch));

    /// <summary>
    /// Forward leaves; each fetches a leaf's worth of lines of key ahead, spread over its work.
    /// </summary>
    internal static string Forward(SourceIsa isa)
    {
        KernelWriter writer = new(
            isa,
            "The leaves of the forward transforms of some rows (\"stride\" bytes from row to row), in place; during each leaf, one leaf's "
                + "worth of lines from \"prefetch\" on is fetched ahead.",
            "ForwardLeaves",
            KeyFetch,
            "points",
            "twiddles",
            "leaves",
            "prefetch",
            "rows",
            "stride"
        );
        Variable[] constants = Butterfly.Constants(writer, isa.Lanes);
        writer.Loop(
            "0",
            "rows",
            "1",
            _ =>
            {
                Leaf leaf = new(writer.Address("points"), writer.Address("twiddles"));
                Leaves(writer, leaf, () => ForwardLeaf(writer, leaf, constants));
                writer.Line("points += stride;");
            }
        );
        return writer.Finish();
    }

    private static void ForwardLeaf(KernelWriter writer, Leaf leaf, Variable[] constants)
    {
        int quarter = LeafLength(writer.Isa) * Double / 4;
        Prefetch(writer, 0, quarter);
        ComplexVariable[] z = Butterfly.Forward(writer, Load(writer, leaf), k => Scalar(writer, leaf, k), constants);
        Prefetch(writer, quarter, 2 * quarter);
        z = Butterfly.Forward(writer, Transpose(writer, z), k => Vector(writer, leaf, k), constants);
        Prefetch(writer, 3 * quarter, quarter);
        Store(writer, leaf, z);
        writer.Line($"prefetch += {LeafLength(writer.Isa) * Double};");
    }

    /// <summary>Inverse leaves.</summary>
    internal static string Inverse(SourceIsa isa)
    {
        KernelWriter writer = new(
            isa,
            "The leaves of an inverse transform, in place.",
            "InverseLeaves",
            null,
            "points",
            "twiddles",
            "leaves"
        );
        Variable[] constants = Butterfly.Constants(writer, isa.Lanes);
        Leaves(writer, Leaf.OfArguments, () => InverseLeaf(writer, Leaf.OfArguments, Load(writer, Leaf.OfArguments), constants));
        return writer.Finish();
    }

    /// <summary>Products of all rows' leaves with the key, summed up, and their inverse.</summary>
    internal static string MultiplyInverse(SourceIsa isa)
    {
        KernelWriter writer = new(
            isa,
            "Multiplies the leaves of all rows of digits (\"stride\" bytes from row to row) with the key, adds up, and inverts. Of each "
                + "leaf, the first row fetches \"firstAhead\" bytes of key ahead and every other one \"ahead\", whole multiples of "
                + $"{PrefetchBytes(isa)}.",
            "MultiplyInverseLeaves",
            KeyFetch,
            "digits",
            "key",
            "points",
            "twiddles",
            "leaves",
            "rows",
            "stride",
            "prefetch",
            "firstAhead",
            "ahead"
        );
        Variable[] constants = Butterfly.Constants(writer, isa.Lanes);
        Leaves(
            writer,
            Leaf.OfArguments,
            () =>
            {
                ComplexVariable[] sums = FirstRow(writer);
                PrefetchLoop(writer, "firstAhead");
                string rowBytes = $"{LeafLength(isa) * Double}";
                writer.Line($"key += {rowBytes};");
                Variable row = writer.Address("digits + stride");
                writer.Loop(
                    "1",
                    "rows",
                    "1",
                    _ =>
                    {
                        AddRow(writer, row, sums);
                        PrefetchLoop(writer, "ahead");
                        writer.Advance(row, "stride");
                        writer.Line($"key += {rowBytes};");
                    }
                );
                writer.Line($"digits += {rowBytes};");
                InverseLeaf(writer, Leaf.OfArguments, sums, constants);
            }
        );
        return writer.Finish();
    }

    /// <summary>
    /// Products of all rows' leaves with the three key elements of a pair of mask words, each weighted by the spectrum of its rotation less
    /// one: with u and v those of the words alone, the sum is u (P_a + P_ab) + v (P_b + P_ab + u P_ab).
    /// </summary>
    internal static string MultiplyPair(SourceIsa isa)
    {
        KernelWriter writer = new(
            isa,
            "Multiplies the leaves of all rows of digits (\"stride\" bytes from row to row) with the three key elements of a pair of mask "
                + "words, and adds up with the weights of their rotations: vectors for a leaf's points, times two complex numbers a leaf. At "
                + "each stop \"ahead\" bytes from \"prefetch\" on are fetched into the second-level cache.",
            "MultiplyPairLeaves",
            null,
            "digits",
            "key",
            "sums",
            "first",
            "second",
            "turns",
            "leaves",
            "rows",
            "stride",
            "prefetch",
            "ahead"
        );
        Variable one = writer.Fill(1.0);
        int together = VectorIsa.PairVectors(isa.Lanes);
        writer.Loop(
            "0",
            "leaves",
            "1",
            _ =>
            {
                ComplexVariable turnFirst = writer.BroadcastComplex(new(new("turns")));
                ComplexVariable turnSecond = writer.BroadcastComplex(new(new("turns"), null, 2 * Double));
                for (int k = 0; k < isa.Lanes; k += together)
                {
                    int from = k;
                    writer.Block(() =>
                    {
                        ComplexVariable[] sums = PairProducts(writer, from, together);
                        for (int i = 0; i < together; i++)
                        {
                            ComplexVariable u = LessOne(writer, writer.LoadComplex(VectorPlace(writer, "first", from + i)), turnFirst, one);
                            ComplexVariable v = LessOne(
                                writer,
                                writer.LoadComplex(VectorPlace(writer, "second", from + i)),
                                turnSecond,
                                one
                            );
                            ComplexVariable both = sums[2 * together + i];
                            ComplexVariable a = AddComplex(writer, sums[i], both);
                            ComplexVariable b = MultiplyAdd(writer, both, u, AddComplex(writer, sums[together + i], both));
                            ComplexVariable all = MultiplyAdd(writer, b, v, Butterfly.Multiply(writer, a, u));
                            writer.StoreComplex(VectorPlace(writer, "sums", from + i), all);
                        }
                    });
                }
                writer.Line($"digits += {LeafLength(isa) * Double};");
                writer.Line($"sums += {LeafLength(isa) * Double};");
                writer.Line($"turns += {4 * Double};");
            }
        );
        return writer.Finish();
    }

    /// <summary>The sums over rows for some vectors of a leaf: all of the first element, then the second's, then the third's.</summary>
    private static ComplexVariable[] PairProducts(KernelWriter writer, int from, int together)
    {
        Variable row = writer.Address("digits");
        ComplexVariable[] sums =
        [
            .. Enumerable.Range(0, 3 * together).Select(_ => new ComplexVariable(writer.Fill(0.0), writer.Fill(0.0))),
        ];
        writer.Loop(
            "0",
            "rows",
            "1",
            _ =>
            {
                int bytes = 3 * together * 2 * writer.VectorBytes;
                ComplexVariable[] d =
                [
                    .. Enumerable.Range(0, together).Select(i => writer.LoadComplex(VectorPlace(writer, row.Name, from + i))),
                ];
                for (int i = 0; i < sums.Length; i++)
                {
                    ComplexVariable w = writer.LoadComplex(VectorPlace(writer, "key", i));
                    ComplexVariable next = MultiplyAdd(writer, d[i % together], w, sums[i]);
                    writer.Assign(sums[i].Re, next.Re);
                    writer.Assign(sums[i].Im, next.Im);
                }
                writer.Line($"key += {bytes};");
                writer.Advance(row, "stride");
            }
        );
        writer.Loop(
            "0",
            "ahead",
            $"{CacheLine}",
            _ =>
            {
                writer.PrefetchShared(new(new("prefetch")));
                writer.Line($"prefetch += {CacheLine};");
            }
        );
        return sums;
    }

    private static ComplexVariable AddComplex(KernelWriter writer, ComplexVariable a, ComplexVariable b) =>
        new(writer.Add(a.Re, b.Re), writer.Add(a.Im, b.Im));

    // a b - 1
    private static ComplexVariable LessOne(KernelWriter writer, ComplexVariable a, ComplexVariable b, Variable one)
    {
        Variable re = writer.MultiplySubtract(a.Re, b.Re, writer.MultiplyAdd(a.Im, b.Im, one));
        return new(re, writer.MultiplyAdd(a.Re, b.Im, writer.Multiply(a.Im, b.Re)));
    }

    /// <summary>The product of two spectra, added to a third.</summary>
    internal static string MultiplyAdd(SourceIsa isa)
    {
        KernelWriter writer = new(
            isa,
            "Adds the point-wise product of two stretches of spectra to a third.",
            "MultiplyAdd",
            null,
            "left",
            "right",
            "sum",
            "bytes"
        );
        writer.Loop(
            "0",
            "bytes",
            $"{2 * writer.VectorBytes}",
            offset =>
            {
                Place place = new(new("sum"), offset);
                ComplexVariable left = writer.LoadComplex(new(new("left"), offset));
                ComplexVariable right = writer.LoadComplex(new(new("right"), offset));
                writer.StoreComplex(place, MultiplyAdd(writer, left, right, writer.LoadComplex(place)));
            }
        );
        return writer.Finish();
    }

    /// <summary>Bytes that one turn of a fetching loop fetches: what every number of rows and levels divides into.</summary>
    private static int PrefetchBytes(SourceIsa isa) => LeafLength(isa) * Double / (isa.Lanes == 8 ? 4 : 2);

    private static int LeafLength(SourceIsa isa) => 2 * isa.Lanes * isa.Lanes;

    private static void Leaves(KernelWriter writer, Leaf leaf, Action body) =>
        writer.Loop(
            "0",
            "leaves",
            "1",
            _ =>
            {
                body();
                int lanes = writer.Isa.Lanes;
                writer.Advance(leaf.Points, $"{LeafLength(writer.Isa) * Double}");
                writer.Advance(leaf.Twiddles, $"{(TransformPlan.ScalarLength(lanes) + 2 * lanes * (lanes - 1)) * Double}");
            }
        );

    private static ComplexVariable[] Load(KernelWriter writer, Leaf leaf) =>
        [.. Enumerable.Range(0, writer.Isa.Lanes).Select(k => writer.LoadComplex(VectorPlace(writer, leaf.Points.Name, k)))];

    private static void Store(KernelWriter writer, Leaf leaf, ComplexVariable[] z)
    {
        for (int k = 0; k < z.Length; k++)
            writer.StoreComplex(VectorPlace(writer, leaf.Points.Name, k), z[k]);
    }

    private static Place VectorPlace(KernelWriter writer, string at, int k) => new(new(at), null, k * 2 * writer.VectorBytes);

    private static void Prefetch(KernelWriter writer, int start, int bytes)
    {
        for (int line = start; line < start + bytes; line += CacheLine)
            writer.Fetch(KeyFetch, new(new("prefetch"), null, line));
    }

    private static void PrefetchLoop(KernelWriter writer, string bytes)
    {
        int step = PrefetchBytes(writer.Isa);
        writer.Loop(
            "0",
            bytes,
            $"{step}",
            _ =>
            {
                Prefetch(writer, 0, step);
                writer.Line($"prefetch += {step};");
            }
        );
    }

    private static void InverseLeaf(KernelWriter writer, Leaf leaf, ComplexVariable[] points, Variable[] constants)
    {
        ComplexVariable[] z = Butterfly.Inverse(writer, points, k => Vector(writer, leaf, k), constants);
        Store(writer, leaf, Butterfly.Inverse(writer, Transpose(writer, z), k => Scalar(writer, leaf, k), constants));
    }

    private static ComplexVariable[] FirstRow(KernelWriter writer)
    {
        ComplexVariable[] sums = new ComplexVariable[writer.Isa.Lanes];
        for (int k = 0; k < sums.Length; k++)
        {
            ComplexVariable d = writer.LoadComplex(VectorPlace(writer, "digits", k));
            sums[k] = Butterfly.Multiply(writer, d, writer.LoadComplex(VectorPlace(writer, "key", k)));
        }
        return sums;
    }

    private static void AddRow(KernelWriter writer, Variable row, ComplexVariable[] sums)
    {
        for (int k = 0; k < sums.Length; k++)
        {
            ComplexVariable d = writer.LoadComplex(VectorPlace(writer, row.Name, k));
            ComplexVariable w = writer.LoadComplex(VectorPlace(writer, "key", k));
            ComplexVariable next = MultiplyAdd(writer, d, w, sums[k]);
            writer.Assign(sums[k].Re, next.Re);
            writer.Assign(sums[k].Im, next.Im);
        }
    }

    private static ComplexVariable MultiplyAdd(KernelWriter writer, ComplexVariable d, ComplexVariable w, ComplexVariable sum)
    {
        Variable re = writer.MultiplyAdd(d.Re, w.Re, sum.Re);
        Variable im = writer.MultiplyAdd(d.Re, w.Im, sum.Im);
        return new(writer.NegatedMultiplyAdd(d.Im, w.Im, re), writer.MultiplyAdd(d.Im, w.Re, im));
    }

    private static ComplexVariable[] Transpose(KernelWriter writer, ComplexVariable[] z)
    {
        Variable[] re = writer.Isa.Transpose(writer, [.. z.Select(one => one.Re)]);
        Variable[] im = writer.Isa.Transpose(writer, [.. z.Select(one => one.Im)]);
        return [.. re.Zip(im, (x, y) => new ComplexVariable(x, y))];
    }

    private static ComplexVariable Scalar(KernelWriter writer, Leaf leaf, int k) =>
        writer.BroadcastComplex(new(leaf.Twiddles, null, (k - 1) * 2 * Double));

    private static ComplexVariable Vector(KernelWriter writer, Leaf leaf, int k) =>
        writer.LoadComplex(
            new(leaf.Twiddles, null, TransformPlan.ScalarLength(writer.Isa.Lanes) * Double + (k - 1) * 2 * writer.VectorBytes)
        );

    /// <summary>Where the leaf in hand and its twiddles lie.</summary>
    private readonly record struct Leaf(Variable Points, Variable Twiddles)
    {
        internal static Leaf OfArguments { get; } = new(new("points"), new("twiddles"));
    }
}
