using System.Numerics;

namespace ConcreteMl.Tfhe;

/// <summary>
/// How a transform of size N splits for vectors of W lanes: one top radix over the whole polynomial, middle radices inside
/// each of its sub-blocks, and leaf blocks of W * W points. Also the memory layouts and the twiddle tables that follow.
/// A complex vector is W real parts, then W imaginary parts; a line of padding after each sub-block and each accumulator
/// segment keeps power-of-two strides out of one cache set.
/// </summary>
internal sealed unsafe class TransformPlan
{
    /// <summary>Bytes of padding after a sub-block and after an accumulator segment, a cache line.</summary>
    internal const int PaddingBytes = LineWords * sizeof(double);

    private const int LineWords = 8;
    private readonly NativeBuffer<double> _twiddles;

    internal TransformPlan(int polynomialSize, int lanes, int largestRadix)
    {
        PolynomialSize = polynomialSize;
        Lanes = lanes;
        (Top, Middle) = ChooseRadices(polynomialSize / 2 / LeafPoints, largestRadix);
        _twiddles = new NativeBuffer<double>(ScalarLength(Top) + (long)Top * TwiddleLength);
        FillTwiddles(_twiddles.Pointer);
    }

    /// <summary>N.</summary>
    internal int PolynomialSize { get; }

    /// <summary>W.</summary>
    internal int Lanes { get; }

    /// <summary>Top radix, and number of sub-blocks.</summary>
    internal int Top { get; }

    /// <summary>Radices inside a sub-block, from the top down.</summary>
    internal int[] Middle { get; }

    /// <summary>Complex points of a leaf block.</summary>
    internal int LeafPoints => Lanes * Lanes;

    /// <summary>Doubles of a leaf block.</summary>
    internal int LeafLength => 2 * LeafPoints;

    /// <summary>Complex points of a sub-block.</summary>
    internal int BlockPoints => PolynomialSize / 2 / Top;

    /// <summary>Leaf blocks of a sub-block.</summary>
    internal int Leaves => BlockPoints / LeafPoints;

    /// <summary>Doubles from one sub-block to the next in a spectrum.</summary>
    internal int BlockStride => 2 * BlockPoints + LineWords;

    /// <summary>Doubles of a spectrum.</summary>
    internal int SpectrumLength => Top * BlockStride;

    /// <summary>Words from one segment to the next in an accumulator polynomial; there are twice as many as sub-blocks.</summary>
    internal int SegmentStride => BlockPoints + LineWords;

    /// <summary>Words of an accumulator polynomial.</summary>
    internal int AccumulatorLength => 2 * Top * SegmentStride;

    /// <summary>Doubles of twiddles of the leaf block at <see cref="LeafTwiddleStart"/>: W - 1 scalars padded, W - 1 vectors.</summary>
    internal int LeafTwiddleLength => ScalarLength(Lanes) + 2 * Lanes * (Lanes - 1);

    /// <summary>First vector twiddle inside the twiddles of a leaf block, in doubles.</summary>
    internal int LeafVectorStart => ScalarLength(Lanes);

    /// <summary>Doubles of all twiddles of a sub-block.</summary>
    internal int TwiddleLength => LeafTwiddleStart + Leaves * LeafTwiddleLength;

    /// <summary>First leaf twiddle of a sub-block, in doubles.</summary>
    internal int LeafTwiddleStart => MiddleTwiddleStart(Middle.Length);

    /// <summary>Twiddles w^k, k from 1 on, of the top radix.</summary>
    internal double* TopTwiddles => _twiddles.Pointer;

    /// <summary>Twiddles of sub-block <paramref name="block"/>.</summary>
    internal double* BlockTwiddles(int block) => _twiddles.Pointer + ScalarLength(Top) + (long)block * TwiddleLength;

    /// <summary>Doubles that the R - 1 complex scalars of a radix take, padded to a line.</summary>
    internal static int ScalarLength(int radix) => (2 * (radix - 1) + LineWords - 1) / LineWords * LineWords;

    /// <summary>Nodes of a sub-block before middle radix number <paramref name="pass"/>.</summary>
    internal int MiddleNodes(int pass) => Middle.Take(pass).Aggregate(1, (product, radix) => product * radix);

    /// <summary>First twiddle of middle radix number <paramref name="pass"/> inside a sub-block's twiddles.</summary>
    internal int MiddleTwiddleStart(int pass) =>
        Enumerable.Range(0, pass).Sum(earlier => MiddleNodes(earlier) * ScalarLength(Middle[earlier]));

    /// <summary>Word of accumulator coefficient <paramref name="index"/>.</summary>
    internal int AccumulatorIndex(int index) => index / BlockPoints * SegmentStride + index % BlockPoints;

    private static (int Top, int[] Middle) ChooseRadices(int blocks, int largest)
    {
        int log = BitOperations.Log2((uint)blocks);
        if (largest == 4)
        {
            int top = (log & 1) == 1 ? 2 : 4;
            return (top, [.. Enumerable.Repeat(4, (log - BitOperations.Log2((uint)top)) / 2)]);
        }
        // a small top radix: its fused passes read two streams a point from afar, and registers hold the rest
        return log switch
        {
            <= 2 => (blocks, []),
            3 => (2, [4]),
            4 => (4, [4]),
            // sub-blocks of 256 points: their digits and key fit the first-level cache
            5 => (8, [4]),
            6 => (4, [4, 4]),
            7 => (4, [4, 8]),
            8 => (4, [8, 8]),
            _ => (8, [8, 8]),
        };
    }

    private void FillTwiddles(double* at)
    {
        // the root of the tree is X^(N/2) - i
        FillScalars(at, Top, RootOfUnity.Turn / 4);
        for (int block = 0; block < Top; block++)
        {
            double* twiddles = BlockTwiddles(block);
            for (int pass = 0; pass < Middle.Length; pass++)
            {
                long[] angles = Nodes(block, pass);
                double* place = twiddles + MiddleTwiddleStart(pass);
                for (int node = 0; node < angles.Length; node++)
                    FillScalars(place + node * ScalarLength(Middle[pass]), Middle[pass], angles[node]);
            }
            long[] nodes = Nodes(block, Middle.Length);
            for (int leaf = 0; leaf < Leaves; leaf++)
                FillLeaf(twiddles + LeafTwiddleStart + leaf * LeafTwiddleLength, nodes[leaf]);
        }
    }

    /// <summary>Angles of the c of a sub-block's nodes X^L - c before middle radix number <paramref name="pass"/>; after the last, of its leaves.</summary>
    private long[] Nodes(int block, int pass)
    {
        long[] nodes = [Child(RootOfUnity.Turn / 4, Top, block)];
        foreach (int radix in Middle.Take(pass))
            nodes = [.. nodes.SelectMany(angle => Enumerable.Range(0, radix).Select(m => Child(angle, radix, m)))];
        return nodes;
    }

    /// <summary>
    /// Angles of the roots of X^(N/2) = i that the first lanes of the leaves' first vectors are values at, leaf by leaf. Vector k's lane l lies
    /// <see cref="AngleInLeaf"/> further on.
    /// </summary>
    internal long[] LeafAngles() =>
        [.. Enumerable.Range(0, Top).SelectMany(block => Nodes(block, Middle.Length)).Select(angle => angle / LeafPoints)];

    /// <summary>How much further round the circle lane <paramref name="lane"/> of vector <paramref name="vector"/> of a leaf lies than its first point.</summary>
    internal long AngleInLeaf(int vector, int lane) =>
        RootOfUnity.Turn / 8 * OutputEighths(Lanes)[vector] + RootOfUnity.Turn / 8 / Lanes * OutputEighths(Lanes)[lane];

    private void FillLeaf(double* place, long angle)
    {
        FillScalars(place, Lanes, angle);
        double* vectors = place + LeafVectorStart;
        for (int lane = 0; lane < Lanes; lane++)
        {
            long first = Child(angle, Lanes, lane) / Lanes;
            for (int k = 1; k < Lanes; k++)
                (vectors[(2 * k - 2) * Lanes + lane], vectors[(2 * k - 1) * Lanes + lane]) = RootOfUnity.At(first * k);
        }
    }

    /// <summary>w^k for the first root w of a node X^L - c, c at <paramref name="angle"/>.</summary>
    private static void FillScalars(double* place, int radix, long angle)
    {
        for (int k = 1; k < radix; k++)
            (place[2 * k - 2], place[2 * k - 1]) = RootOfUnity.At(angle / radix * k);
    }

    private static long Child(long angle, int radix, int output) => angle / radix + RootOfUnity.Turn / 8 * OutputEighths(radix)[output];

    /// <summary>Turns, in eighths, of the R-th root of unity that output m of a forward split is evaluated at.</summary>
    private static ReadOnlySpan<int> OutputEighths(int radix) =>
        radix switch
        {
            2 => [0, 4],
            4 => [0, 4, 2, 6],
            _ => [0, 4, 2, 6, 1, 5, 3, 7],
        };
}
