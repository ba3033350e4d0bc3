using System.Collections.Concurrent;

namespace ConcreteMl.Tfhe;

/// <summary>The compiled kernels of the external product of one size, gadget and number of rows.</summary>
internal sealed class ExternalProductKernels
{
    private const int Double = sizeof(double);
    private const int UnrolledRows = 4;
    private const int LineWords = 8;
    private const int CacheLine = 64;

    private static readonly ConcurrentDictionary<(VectorIsa, int, int, GadgetDecomposition), ExternalProductKernels> Cache = new();

    private readonly VectorIsa _isa;
    private readonly TransformPlan _plan;
    private readonly GadgetDecomposition _gadget;
    private readonly int _rows;

    private ExternalProductKernels(VectorIsa isa, int polynomialSize, int glweDimension, GadgetDecomposition gadget)
    {
        _isa = isa;
        _plan = TransformKernels.For(isa, polynomialSize).Plan;
        _gadget = gadget;
        _rows = (glweDimension + 1) * gadget.Level;
        PrefetchPerLeaf = _plan.LeafLength * Double * gadget.Level * glweDimension;
        TopForward = CompileTopForward();
        TopInverse = CompileTopInverse();
        MultiplyInverse = CompileMultiplyInverse();
        BlockForward = CompileBlockForward();
    }

    /// <summary>
    /// (table, source, own, digits, begin, end): subtracts own from the rotated source between byte offsets begin and end of
    /// every segment, decomposes, and makes the top split of each level's digits, one spectrum after the other. The table
    /// holds for each segment the byte offset of its rotated counterpart, then for each segment the sign as a mask.
    /// </summary>
    internal KernelCode6 TopForward { get; }

    /// <summary>
    /// (sub-block, twiddles, prefetch): the rest of the forward transform of all rows; fetches as many bytes of key ahead,
    /// from address "prefetch" on, as the rows' sub-blocks have.
    /// </summary>
    internal KernelCode3 BlockForward { get; }

    /// <summary>
    /// (digits, key, sums, twiddles, prefetch): multiplies a sub-block of all rows with the key, adds up, and goes back to
    /// the top split. Fetches <see cref="PrefetchPerLeaf"/> bytes a leaf of key ahead from address "prefetch" on.
    /// </summary>
    internal KernelCode5 MultiplyInverse { get; }

    /// <summary>(sums, accumulator polynomial): joins the top split, rounds to torus words, adds, and renews the halos.</summary>
    internal KernelCode2 TopInverse { get; }

    /// <summary>Bytes of key that one leaf of <see cref="MultiplyInverse"/> fetches ahead: what the forward passes left over.</summary>
    internal int PrefetchPerLeaf { get; }

    /// <summary>The kernels of a shape, compiled at most once per process.</summary>
    internal static ExternalProductKernels For(VectorIsa isa, int polynomialSize, int glweDimension, GadgetDecomposition gadget) =>
        Cache.GetOrAdd(
            (isa, polynomialSize, glweDimension, gadget),
            key => new ExternalProductKernels(key.Item1, key.Item2, key.Item3, key.Item4)
        );

    private KernelCode6 CompileTopForward()
    {
        KernelEmitter emitter = KernelEmitter.For("TopForwardDigits", _isa, parameters: 6);
        Variable table = emitter.Arguments[0];
        Variable source = emitter.Arguments[1];
        Variable digits = emitter.Arguments[3];
        int segments = 2 * _plan.Top;
        Variable[] streams = new Variable[segments];
        Variable[] signs = new Variable[segments];
        for (int t = 0; t < segments; t++)
        {
            streams[t] = emitter.Sum(source, emitter.ReadAddress(new Place(table, null, t * Double)));
            signs[t] = emitter.BroadcastInteger(new Place(table, null, (segments + t) * Double));
        }
        Func<int, ComplexVariable> twiddle = TransformKernels.LoadTopTwiddles(emitter, _plan);
        Variable[] constants = Butterfly.Constants(emitter, _plan.Top);
        Variable[] digitConstants = _isa.DigitConstants(emitter, _gadget);
        emitter.Loop(
            emitter.Arguments[4],
            emitter.Arguments[5],
            emitter.VectorBytes,
            offset =>
            {
                Variable[] lifted =
                [
                    .. Enumerable
                        .Range(0, segments)
                        .Select(t =>
                            _isa.Lift(emitter, Difference(emitter, new Place(streams[t], offset, 0), signs[t], t, offset), digitConstants)
                        ),
                ];
                for (int level = 0; level < _gadget.Level; level++)
                {
                    ComplexVariable[] z = new ComplexVariable[_plan.Top];
                    for (int k = 0; k < _plan.Top; k++)
                        z[k] = new(DigitOf(level, lifted[k]), DigitOf(level, lifted[k + _plan.Top]));
                    z = Butterfly.Forward(emitter, z, twiddle, constants);
                    for (int k = 0; k < _plan.Top; k++)
                        emitter.StoreComplex(SplitPlace(digits, level, k), z[k]);
                }
                emitter.Advance(digits, 2 * emitter.VectorBytes);
            }
        );
        return emitter.Compile<KernelCode6>();

        Variable DigitOf(int level, Variable lifted) => _isa.Digit(emitter, _gadget, level, lifted, digitConstants);
    }

    private Place SplitPlace(Variable digits, int level, int k) =>
        new(digits, null, (level * _plan.SpectrumLength + k * _plan.BlockStride) * Double);

    /// <summary>Words of the rotated source minus the same segment's own words.</summary>
    private Variable Difference(KernelEmitter emitter, Place source, Variable sign, int segment, Variable offset)
    {
        // a sign mask negates up to one unit in the last place, far below the digits
        Variable rotated = emitter.Apply(_isa.Xor, emitter.LoadInteger(source), sign);
        Variable own = emitter.LoadInteger(new Place(emitter.Arguments[2], offset, segment * _plan.SegmentStride * Double));
        return emitter.Apply(_isa.SubtractInteger, rotated, own);
    }

    private KernelCode2 CompileTopInverse()
    {
        KernelEmitter emitter = KernelEmitter.For("TopInverseTorus", _isa, parameters: 2);
        Variable sums = emitter.Arguments[0];
        Variable accumulator = emitter.Arguments[1];
        Func<int, ComplexVariable> twiddle = TransformKernels.LoadTopTwiddles(emitter, _plan);
        Variable[] constants = Butterfly.Constants(emitter, _plan.Top);
        Variable[] torusConstants = _isa.TorusConstants(emitter);
        int segment = _plan.SegmentStride * Double;
        emitter.Loop(
            emitter.Constant(0),
            emitter.Constant(_plan.BlockPoints * Double),
            emitter.VectorBytes,
            offset =>
            {
                void AddTo(int t, Variable turns)
                {
                    Place place = new(accumulator, offset, t * segment);
                    Variable word = _isa.TorusWord(emitter, turns, torusConstants);
                    emitter.StoreInteger(place, emitter.Apply(_isa.AddInteger, emitter.LoadInteger(place), word));
                }
                ComplexVariable[] z = new ComplexVariable[_plan.Top];
                for (int k = 0; k < _plan.Top; k++)
                    z[k] = emitter.LoadComplex(new Place(sums, null, k * _plan.BlockStride * Double));
                z = Butterfly.Inverse(emitter, z, twiddle, constants);
                for (int k = 0; k < _plan.Top; k++)
                {
                    AddTo(k, z[k].Re);
                    AddTo(k + _plan.Top, z[k].Im);
                }
                emitter.Advance(sums, 2 * emitter.VectorBytes);
            }
        );
        EmitHalos(emitter, accumulator);
        return emitter.Compile<KernelCode2>();
    }

    /// <summary>After each segment comes a copy of the next one's first line; after the last, the first one's, negated.</summary>
    private void EmitHalos(KernelEmitter emitter, Variable accumulator)
    {
        int segments = 2 * _plan.Top;
        Variable zero = emitter.FillInteger(0);
        for (int t = 0; t < segments; t++)
        for (int word = 0; word < LineWords; word += _isa.Lanes)
        {
            int next = (t + 1) % segments * _plan.SegmentStride + word;
            Variable line = emitter.LoadInteger(new Place(accumulator, null, next * Double));
            if (t == segments - 1)
                line = emitter.Apply(_isa.SubtractInteger, zero, line);
            int halo = t * _plan.SegmentStride + _plan.BlockPoints + word;
            emitter.StoreInteger(new Place(accumulator, null, halo * Double), line);
        }
    }

    private KernelCode3 CompileBlockForward()
    {
        KernelEmitter emitter = KernelEmitter.For("BlockForwardRows", _isa, parameters: 3);
        SubBlockPasses passes = new(emitter, _plan);
        emitter.Repeat(
            _rows,
            () =>
            {
                passes.Forward(emitter.Arguments[0], emitter.Arguments[1], emitter.Arguments[2]);
                emitter.Advance(emitter.Arguments[0], _plan.SpectrumLength * Double);
            }
        );
        return emitter.Compile<KernelCode3>();
    }

    private KernelCode5 CompileMultiplyInverse()
    {
        KernelEmitter emitter = KernelEmitter.For("MultiplyInverse", _isa, parameters: 5);
        Variable digits = emitter.Arguments[0];
        Variable key = emitter.Arguments[1];
        SubBlockPasses passes = new(emitter, _plan);
        passes.Inverse(
            emitter.Arguments[2],
            emitter.Arguments[3],
            _ =>
            {
                ComplexVariable[] sums = MultiplyLeaf(emitter, digits, key, emitter.Arguments[4]);
                emitter.Advance(digits, _plan.LeafLength * Double);
                return sums;
            }
        );
        return emitter.Compile<KernelCode5>();
    }

    private ComplexVariable[] MultiplyLeaf(KernelEmitter emitter, Variable digits, Variable key, Variable prefetch)
    {
        int rowBytes = _plan.LeafLength * Double;
        int digitStride = _plan.SpectrumLength * Double;
        int perRow = PrefetchPerLeaf / _rows / CacheLine * CacheLine;
        // what does not divide by the rows goes to the first one
        int first = PrefetchPerLeaf - perRow * (_rows - 1);
        ComplexVariable[] sums = MultiplyRow(emitter, new Place(digits, null, 0), new Place(key, null, 0), null);
        PrefetchLines(emitter, prefetch, first);
        emitter.Advance(key, rowBytes);
        Variable rowDigits = emitter.Address(new Place(digits, null, digitStride));
        void NextRow()
        {
            ComplexVariable[] next = MultiplyRow(emitter, new Place(rowDigits, null, 0), new Place(key, null, 0), sums);
            PrefetchLines(emitter, prefetch, perRow);
            if (_rows <= UnrolledRows)
                sums = next;
            else
                Carry(emitter, sums, next);
            emitter.Advance(rowDigits, digitStride);
            emitter.Advance(key, rowBytes);
        }
        if (_rows <= UnrolledRows)
            for (int row = 1; row < _rows; row++)
                NextRow();
        else
            emitter.Repeat(_rows - 1, NextRow);
        return sums;
    }

    /// <summary>Hands the sums of one turn of a loop to the next.</summary>
    private static void Carry(KernelEmitter emitter, ComplexVariable[] sums, ComplexVariable[] next)
    {
        for (int k = 0; k < next.Length; k++)
        {
            emitter.Assign(sums[k].Re, next[k].Re);
            emitter.Assign(sums[k].Im, next[k].Im);
        }
    }

    private static void PrefetchLines(KernelEmitter emitter, Variable address, int bytes)
    {
        for (int line = 0; line < bytes; line += CacheLine)
            emitter.Prefetch(new Place(address, null, line));
        emitter.Advance(address, bytes);
    }

    private ComplexVariable[] MultiplyRow(KernelEmitter emitter, Place digits, Place key, ComplexVariable[]? sums)
    {
        ComplexVariable[] result = new ComplexVariable[_plan.Lanes];
        int vector = 2 * emitter.VectorBytes;
        for (int k = 0; k < result.Length; k++)
        {
            ComplexVariable d = emitter.LoadComplex(digits.Plus(k * vector));
            ComplexVariable w = emitter.LoadComplex(key.Plus(k * vector));
            if (sums is null)
            {
                result[k] = Butterfly.Multiply(emitter, d, w);
                continue;
            }
            Variable re = emitter.MultiplyAdd(d.Re, w.Re, sums[k].Re);
            Variable im = emitter.MultiplyAdd(d.Re, w.Im, sums[k].Im);
            result[k] = new(emitter.NegatedMultiplyAdd(d.Im, w.Im, re), emitter.MultiplyAdd(d.Im, w.Re, im));
        }
        return result;
    }
}
