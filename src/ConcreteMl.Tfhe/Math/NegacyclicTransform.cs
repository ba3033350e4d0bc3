namespace ConcreteMl.Tfhe;

/// <summary>
/// The folded complex Fourier transform of real polynomials modulo X^N + 1: coefficients j and j + N/2 form one complex
/// number and the N/2 numbers are evaluated at the roots of X^(N/2) = i. The order of the points is the backend's own.
/// </summary>
internal abstract unsafe class NegacyclicTransform
{
    private protected NegacyclicTransform(int polynomialSize) => PolynomialSize = polynomialSize;

    /// <summary>N.</summary>
    internal int PolynomialSize { get; }

    /// <summary>Complex points, N/2.</summary>
    internal int Points => PolynomialSize / 2;

    /// <summary>Doubles of a spectrum, padding included.</summary>
    internal abstract int SpectrumLength { get; }

    /// <summary>The same backend's transform for polynomials of another size.</summary>
    internal abstract NegacyclicTransform OfSize(int polynomialSize);

    /// <summary>Transforms N real coefficients; the buffers are distinct and 64-byte aligned.</summary>
    internal abstract void Forward(double* coefficients, double* spectrum);

    /// <summary>Back to N real coefficients, normalized; destroys the spectrum.</summary>
    internal abstract void Inverse(double* spectrum, double* coefficients);

    /// <summary>Adds the point-wise product of two spectra to a third.</summary>
    internal abstract void MultiplyAdd(double* left, double* right, double* sum);
}
