using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>
/// The transform in plain C#, radix 2, for CPUs without wide vectors and as an independent check of the vector kernels.
/// A spectrum is N/2 real parts followed by N/2 imaginary parts.
/// </summary>
internal sealed unsafe class PortableTransform : NegacyclicTransform
{
    // one root per node of the splitting tree, in the order in which the levels visit them
    private readonly double[] _cosines;
    private readonly double[] _sines;

    // of the roots of X^(N/2) = i that the points are values at
    private readonly long[] _angles;

    internal PortableTransform(int polynomialSize)
        : base(polynomialSize)
    {
        _cosines = new double[Points];
        _sines = new double[Points];
        long[] angles = new long[Points];
        // node v splits X^L - c at the square roots w and -w of c, nodes 2v and 2v + 1, and holds w; node 1 has c = i
        angles[1] = RootOfUnity.Turn / 8;
        for (int node = 1; node < Points; node++)
        {
            (_cosines[node], _sines[node]) = RootOfUnity.At(angles[node]);
            if (2 * node >= Points)
                continue;
            angles[2 * node] = angles[node] / 2;
            angles[2 * node + 1] = angles[node] / 2 + RootOfUnity.Turn / 4;
        }
        _angles = [.. angles[(Points / 2)..].SelectMany(angle => new[] { angle, angle + RootOfUnity.Turn / 2 })];
    }

    /// <summary>The spectrum of X^<paramref name="rotation"/>.</summary>
    internal void FillRotation(int rotation, double* spectrum)
    {
        for (int j = 0; j < Points; j++)
            (spectrum[j], spectrum[Points + j]) = RootOfUnity.At(rotation * _angles[j]);
    }

    /// <inheritdoc/>
    internal override int SpectrumLength => PolynomialSize;

    /// <inheritdoc/>
    internal override NegacyclicTransform OfSize(int polynomialSize) => new PortableTransform(polynomialSize);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Forward(double* coefficients, double* spectrum)
    {
        double* re = spectrum;
        double* im = spectrum + Points;
        new ReadOnlySpan<double>(coefficients, PolynomialSize).CopyTo(new Span<double>(spectrum, PolynomialSize));
        int node = 1;
        for (int half = Points / 2; half >= 1; half /= 2)
        for (int start = 0; start < Points; start += 2 * half, node++)
        {
            double c = _cosines[node];
            double s = _sines[node];
            for (int j = start; j < start + half; j++)
            {
                double x = re[j + half] * c - im[j + half] * s;
                double y = re[j + half] * s + im[j + half] * c;
                (re[j], re[j + half]) = (re[j] + x, re[j] - x);
                (im[j], im[j + half]) = (im[j] + y, im[j] - y);
            }
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Inverse(double* spectrum, double* coefficients)
    {
        double* re = spectrum;
        double* im = spectrum + Points;
        for (int half = 1; half < Points; half *= 2)
        {
            int node = Points / (2 * half);
            for (int start = 0; start < Points; start += 2 * half, node++)
            {
                double c = _cosines[node];
                double s = _sines[node];
                for (int j = start; j < start + half; j++)
                {
                    double x = re[j] - re[j + half];
                    double y = im[j] - im[j + half];
                    re[j] += re[j + half];
                    im[j] += im[j + half];
                    re[j + half] = x * c + y * s;
                    im[j + half] = y * c - x * s;
                }
            }
        }
        double scale = 1.0 / Points;
        for (int j = 0; j < PolynomialSize; j++)
            coefficients[j] = spectrum[j] * scale;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void MultiplyAdd(double* left, double* right, double* sum)
    {
        for (int re = 0, im = Points; re < Points; re++, im++)
        {
            sum[re] += left[re] * right[re] - left[im] * right[im];
            sum[im] += left[re] * right[im] + left[im] * right[re];
        }
    }
}
