using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>
/// The spectra of powers of X in a plan's order of points, in two factors: within a leaf block, the points lie at the same angles from the
/// first one in every leaf, so that X^a there is a vector that 8 W residues of a share, times one complex number a leaf.
/// </summary>
internal sealed unsafe class RotationSpectra
{
    private static readonly ConcurrentDictionary<(int Size, int Lanes), RotationSpectra> Cache = new();
    private readonly NativeBuffer<double> _vectors;
    private readonly NativeBuffer<double> _roots;
    private readonly uint[] _leaves;
    private readonly uint _residues;
    private readonly uint _period;

    private RotationSpectra(TransformPlan plan)
    {
        _residues = 8 * (uint)plan.Lanes;
        _period = 2 * (uint)plan.PolynomialSize;
        _vectors = new NativeBuffer<double>((long)_residues * plan.LeafLength);
        _roots = new NativeBuffer<double>(2L * _period);
        LeafLength = plan.LeafLength;
        long step = RootOfUnity.Turn / _period;
        _leaves = [.. plan.LeafAngles().Select(angle => (uint)(angle / step))];
        for (uint a = 0; a < _residues; a++)
        for (int vector = 0; vector < plan.Lanes; vector++)
        for (int lane = 0; lane < plan.Lanes; lane++)
        {
            double* place = _vectors.Pointer + a * LeafLength + vector * 2 * plan.Lanes + lane;
            (place[0], place[plan.Lanes]) = RootOfUnity.At(a * plan.AngleInLeaf(vector, lane));
        }
        for (uint i = 0; i < _period; i++)
            (_roots.Pointer[2 * i], _roots.Pointer[2 * i + 1]) = RootOfUnity.At(i * step);
    }

    private int LeafLength { get; }

    /// <summary>Those of a plan; they live as long as the program, as the kernels' twiddles do.</summary>
    internal static RotationSpectra For(TransformPlan plan) =>
        Cache.GetOrAdd((plan.PolynomialSize, plan.Lanes), static (_, plan) => new RotationSpectra(plan), plan);

    /// <summary>The vectors of X^<paramref name="rotation"/> within a leaf.</summary>
    internal double* Vectors(int rotation) => _vectors.Pointer + ((uint)rotation & (_residues - 1)) * LeafLength;

    /// <summary>The complex numbers of two rotations, leaf by leaf: first's, second's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void FillTurns(int first, int second, double* turns)
    {
        double* roots = _roots.Pointer;
        uint mask = _period - 1;
        foreach (uint leaf in _leaves)
        {
            double* a = roots + 2 * (((uint)first * leaf) & mask);
            double* b = roots + 2 * (((uint)second * leaf) & mask);
            (turns[0], turns[1], turns[2], turns[3]) = (a[0], a[1], b[0], b[1]);
            turns += 4;
        }
    }
}
