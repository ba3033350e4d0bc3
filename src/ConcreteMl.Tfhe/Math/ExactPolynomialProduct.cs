using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>
/// Adds products of 64-bit torus polynomials with a binary secret, exact modulo 2^64: the torus words go through the
/// transform in two 32-bit halves, whose products stay below the precision of a double. One instance per worker.
/// </summary>
internal sealed unsafe class ExactPolynomialProduct : IDisposable
{
    private readonly NegacyclicTransform _transform;
    private readonly NativeBuffer<double> _coefficients;
    private readonly NativeBuffer<double> _factor;
    private readonly NativeBuffer<double> _low;
    private readonly NativeBuffer<double> _high;

    internal ExactPolynomialProduct(NegacyclicTransform transform)
    {
        _transform = transform;
        _coefficients = new NativeBuffer<double>(transform.PolynomialSize, secret: true);
        _factor = new NativeBuffer<double>(transform.SpectrumLength, secret: true);
        _low = new NativeBuffer<double>(transform.SpectrumLength, secret: true);
        _high = new NativeBuffer<double>(transform.SpectrumLength, secret: true);
    }

    /// <summary>The spectra of a GLWE key's polynomials, one after another; wiped on dispose.</summary>
    internal static NativeBuffer<double> SecretSpectra(NegacyclicTransform transform, BinarySecret secret)
    {
        int n = transform.PolynomialSize;
        int count = secret.Dimension / n;
        NativeBuffer<double> spectra = new((long)count * transform.SpectrumLength, secret: true);
        using NativeBuffer<double> bits = new(n, secret: true);
        for (int u = 0; u < count; u++)
        {
            for (int j = 0; j < n; j++)
                bits.Pointer[j] = secret.Masks[u * n + j] & 1;
            transform.Forward(bits.Pointer, spectra.Pointer + (long)u * transform.SpectrumLength);
        }
        return spectra;
    }

    /// <summary>
    /// Adds the sum over u of masks[u] * secret[u] to <paramref name="body"/>; <paramref name="masks"/> holds as many
    /// polynomials as <paramref name="spectra"/> does spectra.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void AddInnerProduct(ReadOnlySpan<ulong> masks, NativeBuffer<double> spectra, Span<ulong> body)
    {
        int n = _transform.PolynomialSize;
        _low.Slice(0, (int)_low.Length).Clear();
        _high.Slice(0, (int)_high.Length).Clear();
        for (int u = 0; u < masks.Length / n; u++)
        {
            ReadOnlySpan<ulong> mask = masks.Slice(u * n, n);
            double* spectrum = spectra.Pointer + (long)u * _transform.SpectrumLength;
            for (int j = 0; j < n; j++)
                _coefficients.Pointer[j] = (int)mask[j];
            Accumulate(spectrum, _low.Pointer);
            // the low half was read as signed: its sign bit carries into the high half
            for (int j = 0; j < n; j++)
                _coefficients.Pointer[j] = (int)((mask[j] + (1UL << 31)) >> 32);
            Accumulate(spectrum, _high.Pointer);
        }
        _transform.Inverse(_low.Pointer, _coefficients.Pointer);
        for (int j = 0; j < n; j++)
            body[j] += (ulong)(long)Math.Round(_coefficients.Pointer[j]);
        _transform.Inverse(_high.Pointer, _coefficients.Pointer);
        for (int j = 0; j < n; j++)
            body[j] += (ulong)(long)Math.Round(_coefficients.Pointer[j]) << 32;
    }

    /// <summary>Wipes the scratch.</summary>
    public void Dispose()
    {
        _coefficients.Dispose();
        _factor.Dispose();
        _low.Dispose();
        _high.Dispose();
    }

    private void Accumulate(double* secretSpectrum, double* sum)
    {
        _transform.Forward(_coefficients.Pointer, _factor.Pointer);
        _transform.MultiplyAdd(_factor.Pointer, secretSpectrum, sum);
    }
}
