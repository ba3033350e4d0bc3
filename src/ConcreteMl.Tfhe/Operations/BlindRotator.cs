using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>
/// The external product of one lookup class: owns the layout of Fourier GGSW elements and of accumulators.
/// Accumulators are k + 1 torus polynomials; key rows are ordered component by component, most significant level first.
/// </summary>
internal abstract unsafe class BlindRotator
{
    private protected BlindRotator(NegacyclicTransform transform, int glweDimension, GadgetDecomposition gadget)
    {
        Transform = transform;
        GlweDimension = glweDimension;
        Gadget = gadget;
    }

    /// <summary>The transform whose spectra <see cref="StoreKeyPolynomial"/> takes.</summary>
    internal NegacyclicTransform Transform { get; }

    /// <summary>k.</summary>
    internal int GlweDimension { get; }

    /// <summary>The decomposition of the accumulator.</summary>
    internal GadgetDecomposition Gadget { get; }

    /// <summary>N.</summary>
    internal int PolynomialSize => Transform.PolynomialSize;

    /// <summary>Rows of a GGSW element, (k + 1) * level.</summary>
    internal int Rows => (GlweDimension + 1) * Gadget.Level;

    /// <summary>Doubles of one GGSW element.</summary>
    internal long GgswLength => (long)Rows * (GlweDimension + 1) * PolynomialSize;

    /// <summary>Words of one accumulator.</summary>
    internal abstract int AccumulatorLength { get; }

    /// <summary>Doubles that the digits of one accumulator take.</summary>
    internal abstract long DigitsLength { get; }

    /// <summary>Doubles of scratch that a worker passes in.</summary>
    internal long ScratchLength => DigitsLength + WorkLength;

    /// <summary>Doubles of scratch beside the digits.</summary>
    internal abstract long WorkLength { get; }

    /// <summary>Scale of torus words (read as signed integers) in key spectra, so that inverse transforms yield turns.</summary>
    internal abstract double KeyScale { get; }

    /// <summary>Puts the spectrum of a key polynomial at its place in a GGSW element.</summary>
    internal abstract void StoreKeyPolynomial(double* spectrum, double* ggsw, int row, int column);

    /// <summary>Makes a trivial accumulator: zero masks and <paramref name="body"/> (N words).</summary>
    internal abstract void SetTrivial(ulong* accumulator, ulong* body);

    /// <summary>Writes polynomial <paramref name="component"/> of an accumulator from N words in coefficient order.</summary>
    internal abstract void SetComponent(ulong* accumulator, int component, ulong* polynomial);

    /// <summary>Transforms a key polynomial of torus words and puts it at its place; scratch for N coefficients and a spectrum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void StoreWords(ReadOnlySpan<ulong> polynomial, double* ggsw, int row, int column, double* coefficients, double* spectrum)
    {
        double scale = KeyScale;
        for (int j = 0; j < polynomial.Length; j++)
            coefficients[j] = (long)polynomial[j] * scale;
        Transform.Forward(coefficients, spectrum);
        StoreKeyPolynomial(spectrum, ggsw, row, column);
    }

    /// <summary>Digits of source * X^rotation - own, rotation in [0, 2N); source may be own.</summary>
    internal abstract void Decompose(ulong* own, ulong* source, int rotation, double* digits, double* work);

    /// <summary>
    /// own += GGSW * digits, which are destroyed. <paramref name="next"/> is the GGSW element needed after this one, for
    /// prefetching.
    /// </summary>
    internal abstract void MultiplyAdd(ulong* own, double* digits, double* ggsw, double* next, double* work);

    /// <summary>own += GGSW * (source * X^rotation - own): the two steps above in one scratch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void AddExternalProduct(ulong* own, ulong* source, int rotation, double* ggsw, double* next, double* scratch)
    {
        double* work = scratch + DigitsLength;
        Decompose(own, source, rotation, scratch, work);
        MultiplyAdd(own, scratch, ggsw, next, work);
    }

    /// <summary>Copies component <paramref name="component"/> out in coefficient order (N words).</summary>
    internal abstract void ReadComponent(ulong* accumulator, int component, Span<ulong> coefficients);

    /// <summary>Extracts coefficient <paramref name="index"/> as an LWE ciphertext of kN + 1 words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Extract(ulong* accumulator, int index, Span<ulong> ciphertext)
    {
        int n = PolynomialSize;
        for (int u = 0; u < GlweDimension; u++)
        {
            Span<ulong> segment = ciphertext.Slice(u * n, n);
            ReadComponent(accumulator, u, segment);
            // word j of the mask meets secret coefficient j, so it is coefficient index - j, negacyclically
            segment[..(index + 1)].Reverse();
            segment[(index + 1)..].Reverse();
            for (int j = index + 1; j < n; j++)
                segment[j] = 0 - segment[j];
        }
        ciphertext[GlweDimension * n] = ReadBody(accumulator, index);
    }

    private protected abstract ulong ReadBody(ulong* accumulator, int index);
}
