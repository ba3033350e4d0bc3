using System.Collections.Concurrent;

namespace ConcreteMl.Tfhe;

/// <summary>The compiled kernels of a plain transform of one size: top passes on real coefficients, sub-blocks, products.</summary>
internal sealed unsafe class TransformKernels
{
    private static readonly ConcurrentDictionary<(VectorIsa, int), TransformKernels> Cache = new();

    private TransformKernels(TransformPlan plan, VectorIsa isa)
    {
        Plan = plan;
        TopForward = CompileTopForward(plan, isa);
        TopInverse = CompileTopInverse(plan, isa);
        BlockForward = CompileBlock(plan, isa, forward: true);
        BlockInverse = CompileBlock(plan, isa, forward: false);
        MultiplyAdd = CompileMultiplyAdd(plan, isa);
    }

    /// <summary>Splits, layouts and twiddles.</summary>
    internal TransformPlan Plan { get; }

    /// <summary>(coefficients, spectrum): N reals in natural order to top sub-blocks.</summary>
    internal KernelCode2 TopForward { get; }

    /// <summary>(spectrum, coefficients): the way back, divided by N / 2.</summary>
    internal KernelCode2 TopInverse { get; }

    /// <summary>(sub-block, twiddles), in place.</summary>
    internal KernelCode2 BlockForward { get; }

    /// <summary>(sub-block, twiddles), in place.</summary>
    internal KernelCode2 BlockInverse { get; }

    /// <summary>(left, right, sum): adds the product of two sub-blocks.</summary>
    internal KernelCode3 MultiplyAdd { get; }

    /// <summary>The kernels for polynomials of size N, compiled at most once per process.</summary>
    internal static TransformKernels For(VectorIsa isa, int polynomialSize) =>
        Cache.GetOrAdd((isa, polynomialSize), key => new TransformKernels(new TransformPlan(key.Item2, key.Item1), key.Item1));

    /// <summary>The top radix's twiddles, loaded before a loop.</summary>
    internal static Func<int, ComplexVariable> LoadTopTwiddles(KernelEmitter emitter, TransformPlan plan)
    {
        Variable table = emitter.Constant((nint)plan.TopTwiddles);
        ComplexVariable[] kept =
        [
            .. Enumerable.Range(0, plan.Top - 1).Select(k => emitter.BroadcastComplex(new Place(table, null, k * 2 * sizeof(double)))),
        ];
        return k => kept[k - 1];
    }

    private static KernelCode2 CompileTopForward(TransformPlan plan, VectorIsa isa)
    {
        KernelEmitter emitter = KernelEmitter.For("TopForward", isa, parameters: 2);
        Func<int, ComplexVariable> twiddle = LoadTopTwiddles(emitter, plan);
        Variable[] constants = Butterfly.Constants(emitter, plan.Top);
        Variable spectrum = emitter.Arguments[1];
        int segment = plan.BlockPoints * sizeof(double);
        emitter.Loop(
            emitter.Constant(0),
            emitter.Constant(segment),
            emitter.VectorBytes,
            offset =>
            {
                ComplexVariable[] z = new ComplexVariable[plan.Top];
                for (int k = 0; k < plan.Top; k++)
                    z[k] = new(
                        emitter.Load(new Place(emitter.Arguments[0], offset, k * segment)),
                        emitter.Load(new Place(emitter.Arguments[0], offset, (k + plan.Top) * segment))
                    );
                z = Butterfly.Forward(emitter, z, twiddle, constants);
                for (int k = 0; k < plan.Top; k++)
                    emitter.StoreComplex(new Place(spectrum, null, k * plan.BlockStride * sizeof(double)), z[k]);
                emitter.Advance(spectrum, 2 * emitter.VectorBytes);
            }
        );
        return emitter.Compile<KernelCode2>();
    }

    private static KernelCode2 CompileTopInverse(TransformPlan plan, VectorIsa isa)
    {
        KernelEmitter emitter = KernelEmitter.For("TopInverse", isa, parameters: 2);
        Func<int, ComplexVariable> twiddle = LoadTopTwiddles(emitter, plan);
        Variable[] constants = Butterfly.Constants(emitter, plan.Top);
        Variable scale = emitter.Fill(2.0 / plan.PolynomialSize);
        Variable spectrum = emitter.Arguments[0];
        int segment = plan.BlockPoints * sizeof(double);
        emitter.Loop(
            emitter.Constant(0),
            emitter.Constant(segment),
            emitter.VectorBytes,
            offset =>
            {
                ComplexVariable[] z = new ComplexVariable[plan.Top];
                for (int k = 0; k < plan.Top; k++)
                    z[k] = emitter.LoadComplex(new Place(spectrum, null, k * plan.BlockStride * sizeof(double)));
                z = Butterfly.Inverse(emitter, z, twiddle, constants);
                for (int k = 0; k < plan.Top; k++)
                {
                    Place real = new(emitter.Arguments[1], offset, k * segment);
                    emitter.Store(real, emitter.Multiply(z[k].Re, scale));
                    emitter.Store(real.Plus(plan.Top * segment), emitter.Multiply(z[k].Im, scale));
                }
                emitter.Advance(spectrum, 2 * emitter.VectorBytes);
            }
        );
        return emitter.Compile<KernelCode2>();
    }

    private static KernelCode2 CompileBlock(TransformPlan plan, VectorIsa isa, bool forward)
    {
        KernelEmitter emitter = KernelEmitter.For(forward ? "BlockForward" : "BlockInverse", isa, parameters: 2);
        SubBlockPasses passes = new(emitter, plan);
        if (forward)
            passes.Forward(emitter.Arguments[0], emitter.Arguments[1]);
        else
            passes.Inverse(emitter.Arguments[0], emitter.Arguments[1], passes.LoadLeaf);
        return emitter.Compile<KernelCode2>();
    }

    private static KernelCode3 CompileMultiplyAdd(TransformPlan plan, VectorIsa isa)
    {
        KernelEmitter emitter = KernelEmitter.For("MultiplyAdd", isa, parameters: 3);
        emitter.Loop(
            emitter.Constant(0),
            emitter.Constant(2 * plan.BlockPoints * sizeof(double)),
            2 * emitter.VectorBytes,
            offset =>
            {
                ComplexVariable left = emitter.LoadComplex(new Place(emitter.Arguments[0], offset, 0));
                ComplexVariable right = emitter.LoadComplex(new Place(emitter.Arguments[1], offset, 0));
                Place place = new(emitter.Arguments[2], offset, 0);
                ComplexVariable sum = emitter.LoadComplex(place);
                Variable re = emitter.MultiplyAdd(left.Re, right.Re, sum.Re);
                Variable im = emitter.MultiplyAdd(left.Re, right.Im, sum.Im);
                re = emitter.NegatedMultiplyAdd(left.Im, right.Im, re);
                emitter.StoreComplex(place, new(re, emitter.MultiplyAdd(left.Im, right.Re, im)));
            }
        );
        return emitter.Compile<KernelCode3>();
    }
}
