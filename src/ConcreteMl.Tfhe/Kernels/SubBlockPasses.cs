namespace ConcreteMl.Tfhe;

/// <summary>Emits the passes of a transform inside one sub-block: middle radices and leaf blocks, forward and back.</summary>
internal sealed class SubBlockPasses(KernelEmitter emitter, TransformPlan plan)
{
    private const int Double = sizeof(double);
    private const int CacheLine = 64;

    /// <summary>
    /// Middle passes and leaves over the sub-block at <paramref name="points"/>, in place. A whole leaf's worth of lines
    /// from <paramref name="prefetch"/> on, if any, is fetched ahead during each leaf.
    /// </summary>
    internal void Forward(Variable points, Variable twiddles, Variable? prefetch = null)
    {
        for (int pass = 0; pass < plan.Middle.Length; pass++)
            EmitMiddle(points, twiddles, pass, forward: true);
        Variable[] constants = Butterfly.Constants(emitter, plan.Lanes);
        Variable leaf = emitter.Address(new Place(points, null, 0));
        Variable scalars = emitter.Address(new Place(twiddles, null, plan.LeafTwiddleStart * Double));
        emitter.Repeat(
            plan.Leaves,
            () =>
            {
                ForwardLeaf(leaf, scalars, constants, prefetch);
                if (prefetch is { } ahead)
                    emitter.Advance(ahead, plan.LeafLength * Double);
                emitter.Advance(leaf, plan.LeafLength * Double);
                emitter.Advance(scalars, plan.LeafTwiddleLength * Double);
            }
        );
    }

    /// <summary>
    /// Leaves and middle passes back. <paramref name="source"/> yields the points of the current leaf before its inverse
    /// (loaded or multiplied together) and may move its own addresses.
    /// </summary>
    internal void Inverse(Variable points, Variable twiddles, Func<Variable, ComplexVariable[]> source)
    {
        Variable[] constants = Butterfly.Constants(emitter, plan.Lanes);
        Variable leaf = emitter.Address(new Place(points, null, 0));
        Variable scalars = emitter.Address(new Place(twiddles, null, plan.LeafTwiddleStart * Double));
        emitter.Repeat(
            plan.Leaves,
            () =>
            {
                InverseLeaf(source(leaf), leaf, scalars, constants);
                emitter.Advance(leaf, plan.LeafLength * Double);
                emitter.Advance(scalars, plan.LeafTwiddleLength * Double);
            }
        );
        for (int pass = plan.Middle.Length - 1; pass >= 0; pass--)
            EmitMiddle(points, twiddles, pass, forward: false);
    }

    /// <summary>The points of the leaf at <paramref name="leaf"/>, one complex vector per register index.</summary>
    internal ComplexVariable[] LoadLeaf(Variable leaf) =>
        [.. Enumerable.Range(0, plan.Lanes).Select(k => emitter.LoadComplex(LeafPlace(leaf, k)))];

    private Place LeafPlace(Variable leaf, int k) => new(leaf, null, k * 2 * emitter.VectorBytes);

    private void ForwardLeaf(Variable leaf, Variable twiddles, Variable[] constants, Variable? prefetch)
    {
        int quarter = plan.LeafLength * Double / 4;
        PrefetchLines(prefetch, 0, quarter);
        ComplexVariable[] z = Butterfly.Forward(emitter, LoadLeaf(leaf), k => Scalar(twiddles, k), constants);
        PrefetchLines(prefetch, quarter, 2 * quarter);
        z = Butterfly.Forward(emitter, Transpose(z), k => Vector(twiddles, k), constants);
        PrefetchLines(prefetch, 3 * quarter, quarter);
        for (int k = 0; k < z.Length; k++)
            emitter.StoreComplex(LeafPlace(leaf, k), z[k]);
    }

    private void PrefetchLines(Variable? address, int start, int bytes)
    {
        if (address is not { } first)
            return;
        for (int line = start; line < start + bytes; line += CacheLine)
            emitter.Prefetch(new Place(first, null, line));
    }

    private void InverseLeaf(ComplexVariable[] points, Variable leaf, Variable twiddles, Variable[] constants)
    {
        ComplexVariable[] z = Butterfly.Inverse(emitter, points, k => Vector(twiddles, k), constants);
        z = Butterfly.Inverse(emitter, Transpose(z), k => Scalar(twiddles, k), constants);
        for (int k = 0; k < z.Length; k++)
            emitter.StoreComplex(LeafPlace(leaf, k), z[k]);
    }

    private ComplexVariable[] Transpose(ComplexVariable[] z)
    {
        Variable[] re = emitter.Isa.Transpose(emitter, [.. z.Select(one => one.Re)]);
        Variable[] im = emitter.Isa.Transpose(emitter, [.. z.Select(one => one.Im)]);
        return [.. re.Zip(im, (x, y) => new ComplexVariable(x, y))];
    }

    private ComplexVariable Scalar(Variable twiddles, int k) => emitter.BroadcastComplex(new Place(twiddles, null, (k - 1) * 2 * Double));

    private ComplexVariable Vector(Variable twiddles, int k) =>
        emitter.LoadComplex(new Place(twiddles, null, plan.LeafVectorStart * Double + (k - 1) * 2 * emitter.VectorBytes));

    private void EmitMiddle(Variable points, Variable twiddles, int pass, bool forward)
    {
        int radix = plan.Middle[pass];
        int nodes = plan.MiddleNodes(pass);
        int stride = plan.BlockPoints / nodes / radix * 2 * Double;
        Variable[] constants = Butterfly.Constants(emitter, radix);
        Variable node = emitter.Address(new Place(points, null, 0));
        Variable scalars = emitter.Address(new Place(twiddles, null, plan.MiddleTwiddleStart(pass) * Double));
        emitter.Repeat(
            nodes,
            () =>
            {
                MiddleNode(node, scalars, radix, stride, constants, forward);
                emitter.Advance(node, radix * stride);
                emitter.Advance(scalars, TransformPlan.ScalarLength(radix) * Double);
            }
        );
    }

    private void MiddleNode(Variable node, Variable scalars, int radix, int stride, Variable[] constants, bool forward)
    {
        // few twiddles stay in registers; many are broadcast where they are used
        Func<int, ComplexVariable> twiddle = k => Scalar(scalars, k);
        if (radix <= 4)
        {
            ComplexVariable[] kept = [.. Enumerable.Range(1, radix - 1).Select(twiddle)];
            twiddle = k => kept[k - 1];
        }
        emitter.Loop(
            emitter.Constant(0),
            emitter.Constant(stride),
            2 * emitter.VectorBytes,
            offset =>
            {
                Place At(int k) => new(node, offset, k * stride);
                ComplexVariable[] z = [.. Enumerable.Range(0, radix).Select(k => emitter.LoadComplex(At(k)))];
                z = forward ? Butterfly.Forward(emitter, z, twiddle, constants) : Butterfly.Inverse(emitter, z, twiddle, constants);
                for (int k = 0; k < radix; k++)
                    emitter.StoreComplex(At(k), z[k]);
            }
        );
    }
}
