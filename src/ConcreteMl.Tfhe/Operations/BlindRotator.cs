using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>
/// The external product of one lookup class: owns the layout of Fourier GGSW elements and of accumulators.
/// Accumulators are k + 1 torus polynomials; key rows are ordered component by component, most significant level first.
/// </summary>
/// <remarks>
/// Polynomials are held with -X for X, so coefficients of odd index negated. Balanced digits have a mean of -1/2 and a binary secret key one of
/// 1/2: without the change of sign both have their largest spectral value at the same point, and its rounding error, times the key, would be
/// seen in every phase: 13 times the standard deviation that gadgets of base 2 should have (N = 2048, 44 levels).
/// </remarks>
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

    /// <summary>Doubles of the three key elements of a pair of mask words.</summary>
    internal long PairLength => 3 * GgswLength;

    /// <summary>Doubles of scratch that <see cref="AddPairProduct"/> needs.</summary>
    internal long PairScratchLength => DigitsLength + PairWorkLength;

    /// <summary>Doubles of scratch beside the digits for pairs of mask words.</summary>
    internal abstract long PairWorkLength { get; }

    /// <summary>Scale of torus words (read as signed integers) in key spectra, so that inverse transforms yield turns.</summary>
    internal abstract double KeyScale { get; }

    /// <summary>Puts the spectrum of a key polynomial at its place in a GGSW element.</summary>
    internal abstract void StoreKeyPolynomial(double* spectrum, double* ggsw, int row, int column);

    /// <summary>
    /// Puts the spectrum of a key polynomial at its place in the elements of a pair: <paramref name="part"/> 0 encrypts s (1 - t), 1 t (1 - s), 2 s t.
    /// </summary>
    internal abstract void StorePairPolynomial(double* spectrum, double* elements, int part, int row, int column);

    /// <summary>
    /// own *= X^(first s + second t) for the bits s and t of a pair of mask words, both rotations in [0, 2N): own += (X^first - 1) P_0 +
    /// (X^second - 1) P_1 + (X^(first + second) - 1) P_2 with the products P of own and the pair's <paramref name="elements"/>, which share one
    /// decomposition. Fetches <paramref name="share"/> doubles of the key from <paramref name="ahead"/> on, this ciphertext's share of the next elements.
    /// </summary>
    internal void AddPairProduct(ulong* own, int first, int second, double* elements, double* ahead, long share, double* scratch) =>
        AddHeldPairProduct(own, Held(first), Held(second), elements, ahead, share, scratch);

    /// <summary>The same of polynomials as they are held: their own rotations.</summary>
    private protected abstract void AddHeldPairProduct(
        ulong* own,
        int first,
        int second,
        double* elements,
        double* ahead,
        long share,
        double* scratch
    );

    /// <summary>Makes a trivial accumulator: zero masks and <paramref name="body"/> (N words).</summary>
    internal void SetTrivial(ulong* accumulator, ulong* body)
    {
        new Span<ulong>(accumulator, AccumulatorLength).Clear();
        SetComponent(accumulator, GlweDimension, body);
    }

    /// <summary>Writes polynomial <paramref name="component"/> of an accumulator from N words in coefficient order.</summary>
    internal void SetComponent(ulong* accumulator, int component, ulong* polynomial)
    {
        Hold(accumulator, component, polynomial);
        int length = AccumulatorLength / (GlweDimension + 1);
        NegateOdd(new Span<ulong>(accumulator + (long)component * length, length));
    }

    /// <summary>
    /// Puts N words at their places in polynomial <paramref name="component"/> of an accumulator, those of odd index at odd places.
    /// </summary>
    private protected abstract void Hold(ulong* accumulator, int component, ulong* polynomial);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void NegateOdd(Span<ulong> words)
    {
        for (int j = 1; j < words.Length; j += 2)
            words[j] = 0 - words[j];
    }

    /// <summary>What a rotation is where X is -X: X^r is then (-1)^r X^r, and -1 is X^N.</summary>
    private int Held(int rotation) => rotation ^ (rotation & 1) * PolynomialSize;

    /// <summary>
    /// Transforms a key polynomial of torus words and puts it at its place in element <paramref name="index"/> of a <paramref name="key"/>, whose
    /// elements are taken one at a time or <paramref name="together"/>; scratch for N coefficients and a spectrum.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void StoreWords(
        ReadOnlySpan<ulong> polynomial,
        double* key,
        int index,
        int together,
        int row,
        int column,
        double* coefficients,
        double* spectrum
    )
    {
        Spectrum(polynomial, coefficients, spectrum);
        if (together == 1)
            StoreKeyPolynomial(spectrum, key + index * GgswLength, row, column);
        else
            StorePairPolynomial(spectrum, key + index / together * PairLength, index % together, row, column);
    }

    /// <summary>The same for an element by itself.</summary>
    internal void StoreWords(ReadOnlySpan<ulong> polynomial, double* ggsw, int row, int column, double* coefficients, double* spectrum) =>
        StoreWords(polynomial, ggsw, 0, 1, row, column, coefficients, spectrum);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Spectrum(ReadOnlySpan<ulong> polynomial, double* coefficients, double* spectrum)
    {
        double scale = KeyScale;
        for (int j = 0; j < polynomial.Length; j += 2)
        {
            coefficients[j] = (long)polynomial[j] * scale;
            coefficients[j + 1] = (long)polynomial[j + 1] * -scale;
        }
        Transform.Forward(coefficients, spectrum);
    }

    /// <summary>Digits of source * X^rotation - own, rotation in [0, 2N); source may be own.</summary>
    internal void Decompose(ulong* own, ulong* source, int rotation, double* digits, double* work) =>
        DecomposeHeld(own, source, Held(rotation), digits, work);

    /// <summary>The same of polynomials as they are held: their own rotation.</summary>
    private protected abstract void DecomposeHeld(ulong* own, ulong* source, int rotation, double* digits, double* work);

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
    internal void ReadComponent(ulong* accumulator, int component, Span<ulong> coefficients)
    {
        ReadHeld(accumulator, component, coefficients);
        NegateOdd(coefficients);
    }

    /// <summary>The same as it is held.</summary>
    private protected abstract void ReadHeld(ulong* accumulator, int component, Span<ulong> coefficients);

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
        ulong body = ReadHeldBody(accumulator, index);
        ciphertext[GlweDimension * n] = (index & 1) == 0 ? body : 0 - body;
    }

    /// <summary>Coefficient <paramref name="index"/> of the body as it is held.</summary>
    private protected abstract ulong ReadHeldBody(ulong* accumulator, int index);
}
