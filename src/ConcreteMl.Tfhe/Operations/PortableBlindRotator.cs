namespace ConcreteMl.Tfhe;

/// <summary>The external product in plain C#: the fallback, and the check of the vector kernels.</summary>
internal sealed unsafe class PortableBlindRotator : BlindRotator
{
    private const double Modulus = 18446744073709551616.0;

    internal PortableBlindRotator(int polynomialSize, int glweDimension, GadgetDecomposition gadget)
        : base(new PortableTransform(polynomialSize), glweDimension, gadget) { }

    /// <inheritdoc/>
    internal override int AccumulatorLength => (GlweDimension + 1) * PolynomialSize;

    /// <inheritdoc/>
    internal override double KeyScale => 1.0 / Modulus;

    /// <inheritdoc/>
    internal override long DigitsLength => (long)Rows * PolynomialSize;

    // one spectrum, and one sum per output
    internal override long WorkLength => (long)PolynomialSize * (GlweDimension + 2);

    /// <inheritdoc/>
    internal override void StoreKeyPolynomial(double* spectrum, double* ggsw, int row, int column)
    {
        double* place = ggsw + ((long)column * Rows + row) * PolynomialSize;
        new ReadOnlySpan<double>(spectrum, PolynomialSize).CopyTo(new Span<double>(place, PolynomialSize));
    }

    /// <inheritdoc/>
    private protected override void Hold(ulong* accumulator, int component, ulong* polynomial) =>
        new ReadOnlySpan<ulong>(polynomial, PolynomialSize).CopyTo(
            new Span<ulong>(accumulator + (long)component * PolynomialSize, PolynomialSize)
        );

    /// <inheritdoc/>
    private protected override void DecomposeHeld(ulong* own, ulong* source, int rotation, double* digits, double* work)
    {
        int n = PolynomialSize;
        for (int component = 0; component <= GlweDimension; component++)
            DecomposeDifference(own + component * n, source + component * n, rotation, digits + component * Gadget.Level * n);
    }

    /// <inheritdoc/>
    internal override void MultiplyAdd(ulong* own, double* digits, double* ggsw, double* next, double* work)
    {
        int n = PolynomialSize;
        double* spectrum = work;
        double* sums = spectrum + n;
        new Span<double>(sums, (GlweDimension + 1) * n).Clear();
        for (int row = 0; row < Rows; row++)
        {
            Transform.Forward(digits + row * n, spectrum);
            for (int column = 0; column <= GlweDimension; column++)
                Transform.MultiplyAdd(spectrum, ggsw + ((long)column * Rows + row) * n, sums + column * n);
        }
        for (int column = 0; column <= GlweDimension; column++)
            AddInverse(sums + column * n, spectrum, own + column * n);
    }

    /// <inheritdoc/>
    internal override long PairWorkLength => (long)PolynomialSize * (GlweDimension + 4);

    /// <inheritdoc/>
    internal override void StorePairPolynomial(double* spectrum, double* elements, int part, int row, int column) =>
        StoreKeyPolynomial(spectrum, elements + part * GgswLength, row, column);

    /// <inheritdoc/>
    private protected override void AddHeldPairProduct(
        ulong* own,
        int first,
        int second,
        double* elements,
        double* ahead,
        long share,
        double* scratch
    )
    {
        int n = PolynomialSize;
        double* sums = scratch + DigitsLength;
        double* product = sums + (GlweDimension + 1) * n;
        double* weight = product + n;
        double* spectrum = weight + n;
        DecomposeOwn(own, scratch);
        for (int row = 0; row < Rows; row++)
        {
            Transform.Forward(scratch + row * n, spectrum);
            new ReadOnlySpan<double>(spectrum, n).CopyTo(new Span<double>(scratch + row * n, n));
        }
        new Span<double>(sums, (GlweDimension + 1) * n).Clear();
        int[] rotations = [first, second, first + second];
        for (int part = 0; part < rotations.Length; part++)
        {
            ((PortableTransform)Transform).FillRotation(rotations[part], weight);
            for (int j = 0; j < Transform.Points; j++)
                weight[j] -= 1.0;
            for (int column = 0; column <= GlweDimension; column++)
            {
                new Span<double>(product, n).Clear();
                for (int row = 0; row < Rows; row++)
                    Transform.MultiplyAdd(scratch + row * n, elements + part * GgswLength + ((long)column * Rows + row) * n, product);
                Transform.MultiplyAdd(product, weight, sums + column * n);
            }
        }
        for (int column = 0; column <= GlweDimension; column++)
            AddInverse(sums + column * n, spectrum, own + column * n);
    }

    private void DecomposeOwn(ulong* own, double* digits)
    {
        int n = PolynomialSize;
        Span<int> one = stackalloc int[Gadget.Level];
        for (int component = 0; component <= GlweDimension; component++)
        for (int j = 0; j < n; j++)
        {
            Gadget.Decompose(own[component * n + j], one);
            for (int level = 0; level < one.Length; level++)
                digits[(component * one.Length + level) * n + j] = one[level];
        }
    }

    private void AddInverse(double* sums, double* coefficients, ulong* own)
    {
        Transform.Inverse(sums, coefficients);
        for (int j = 0; j < PolynomialSize; j++)
            own[j] += Torus.FromDouble(coefficients[j]);
    }

    /// <inheritdoc/>
    private protected override void ReadHeld(ulong* accumulator, int component, Span<ulong> coefficients) =>
        new ReadOnlySpan<ulong>(accumulator + component * PolynomialSize, PolynomialSize).CopyTo(coefficients);

    private protected override ulong ReadHeldBody(ulong* accumulator, int index) => accumulator[GlweDimension * PolynomialSize + index];

    private void DecomposeDifference(ulong* own, ulong* source, int rotation, double* digits)
    {
        int n = PolynomialSize;
        Span<int> one = stackalloc int[Gadget.Level];
        for (int j = 0; j < n; j++)
        {
            int from = (j - rotation) & (2 * n - 1);
            ulong rotated = from < n ? source[from] : 0 - source[from - n];
            Gadget.Decompose(rotated - own[j], one);
            for (int level = 0; level < one.Length; level++)
                digits[level * n + j] = one[level];
        }
    }
}
