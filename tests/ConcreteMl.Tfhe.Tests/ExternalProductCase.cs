namespace ConcreteMl.Tfhe.Tests;

/// <summary>
/// One random accumulator and one key element whose rows are a sparse small polynomial times the gadget's factor, so that
/// the exact external product modulo 2^64 is quick to compute in integers, whichever way ties of digits are broken.
/// </summary>
internal sealed unsafe class ExternalProductCase
{
    private const int Terms = 12;
    private const int LargestCoefficient = 8;
    private readonly BlindRotator _rotator;
    private readonly Random _random = new(5);
    private readonly ulong[][] _polynomials;
    private readonly int[,][] _key;
    private readonly (int Index, int Value)[,][] _sparse;

    internal ExternalProductCase(BlindRotator rotator)
    {
        _rotator = rotator;
        _polynomials = [.. Enumerable.Range(0, rotator.GlweDimension + 1).Select(_ => RandomWords(rotator.PolynomialSize))];
        _sparse = new (int, int)[rotator.GlweDimension + 1, rotator.GlweDimension + 1][];
        _key = new int[rotator.GlweDimension + 1, rotator.GlweDimension + 1][];
        for (int component = 0; component <= rotator.GlweDimension; component++)
        for (int column = 0; column <= rotator.GlweDimension; column++)
        {
            _key[component, column] = new int[rotator.PolynomialSize];
            for (int term = 0; term < Terms; term++)
                _key[component, column][_random.Next(rotator.PolynomialSize)] = _random.Next(-LargestCoefficient, LargestCoefficient + 1);
            _sparse[component, column] = [.. _key[component, column].Index().Where(term => term.Item != 0)];
        }
    }

    /// <summary>Four times the largest rounding error of doubles seen at any size; one unit of any digit is 2^40 or more.</summary>
    internal static double Bound => 1 << 20;

    /// <summary>Largest difference from the exact result over all coefficients, in units of 2^-64.</summary>
    internal double LargestError(int rotation)
    {
        int n = _rotator.PolynomialSize;
        int components = _polynomials.Length;
        using NativeBuffer<ulong> accumulator = new(_rotator.AccumulatorLength);
        using NativeBuffer<double> ggsw = new(_rotator.GgswLength);
        using NativeBuffer<double> scratch = new(_rotator.ScratchLength);
        StoreKey(ggsw);
        using NativeBuffer<ulong> body = new(n);
        _polynomials[^1].CopyTo(body.Slice(0, n));
        _rotator.SetTrivial(accumulator.Pointer, body.Pointer);
        _rotator.AddExternalProduct(accumulator.Pointer, accumulator.Pointer, rotation, ggsw.Pointer, ggsw.Pointer, scratch.Pointer);
        ulong[][] state = [.. Enumerable.Repeat(0, components - 1).Select(_ => new ulong[n]), [.. _polynomials[^1]]];
        double first = Difference(accumulator, state = Exact(state, rotation));
        // the second product starts from non-zero masks; its input is what the first one really gave
        state = [.. Enumerable.Range(0, components).Select(c => Read(accumulator, c))];
        _rotator.AddExternalProduct(accumulator.Pointer, accumulator.Pointer, rotation, ggsw.Pointer, ggsw.Pointer, scratch.Pointer);
        return Math.Max(first, Difference(accumulator, Exact(state, rotation)));
    }

    private ulong[] RandomWords(int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (ulong)_random.NextInt64(long.MinValue, long.MaxValue))];

    private void StoreKey(NativeBuffer<double> ggsw)
    {
        int n = _rotator.PolynomialSize;
        using NativeBuffer<double> coefficients = new(n);
        using NativeBuffer<double> spectrum = new(_rotator.Transform.SpectrumLength);
        for (int row = 0; row < _rotator.Rows; row++)
        for (int column = 0; column <= _rotator.GlweDimension; column++)
        {
            int[] small = _key[row / _rotator.Gadget.Level, column];
            double scale = _rotator.Gadget.Factor(row % _rotator.Gadget.Level + 1) * _rotator.KeyScale;
            for (int j = 0; j < n; j++)
                coefficients.Pointer[j] = small[j] * scale;
            _rotator.Transform.Forward(coefficients.Pointer, spectrum.Pointer);
            _rotator.StoreKeyPolynomial(spectrum.Pointer, ggsw.Pointer, row, column);
        }
    }

    private ulong[] Read(NativeBuffer<ulong> accumulator, int component)
    {
        ulong[] words = new ulong[_rotator.PolynomialSize];
        _rotator.ReadComponent(accumulator.Pointer, component, words);
        return words;
    }

    private double Difference(NativeBuffer<ulong> accumulator, ulong[][] expected) =>
        expected.SelectMany((words, component) => words.Zip(Read(accumulator, component), (x, y) => Math.Abs((double)(long)(x - y)))).Max();

    private ulong[][] Exact(ulong[][] state, int rotation)
    {
        int n = _rotator.PolynomialSize;
        GadgetDecomposition gadget = _rotator.Gadget;
        ulong[][] result = [.. state.Select(words => words.ToArray())];
        int[] digits = new int[gadget.Level];
        for (int component = 0; component < state.Length; component++)
        for (int j = 0; j < n; j++)
        {
            int from = (j - rotation) & (2 * n - 1);
            ulong rotated = from < n ? state[component][from] : 0 - state[component][from - n];
            gadget.Decompose(rotated - state[component][j], digits);
            ulong rounded = 0;
            for (int level = 0; level < gadget.Level; level++)
                rounded += (ulong)(long)digits[level] * gadget.Factor(level + 1);
            for (int column = 0; column < state.Length; column++)
                AddProduct(result[column], _sparse[component, column], j, rounded);
        }
        return result;
    }

    private static void AddProduct(ulong[] sum, (int Index, int Value)[] polynomial, int shift, ulong word)
    {
        foreach ((int index, int value) in polynomial)
        {
            ulong term = (ulong)value * word;
            if (index + shift < sum.Length)
                sum[index + shift] += term;
            else
                sum[index + shift - sum.Length] -= term;
        }
    }
}
