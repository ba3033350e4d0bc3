namespace ConcreteMl.Tfhe.Tests;

/// <summary>
/// One random accumulator and one key element whose rows are a sparse small polynomial times the gadget's factor, so that
/// the exact external product modulo 2^64 is quick to compute in integers, whichever way ties of digits are broken.
/// </summary>
internal sealed unsafe class ExternalProductCase
{
    private const int Terms = 12;

    // elements of a pair of mask words; a word alone has the first
    private const int Parts = 3;
    private const int LargestCoefficient = 8;
    private readonly BlindRotator _rotator;
    private readonly Random _random = new(5);
    private readonly ulong[][] _polynomials;
    private readonly int[,,][] _key;
    private readonly (int Index, int Value)[,,][] _sparse;

    internal ExternalProductCase(BlindRotator rotator)
    {
        _rotator = rotator;
        _polynomials = [.. Enumerable.Range(0, rotator.GlweDimension + 1).Select(_ => RandomWords(rotator.PolynomialSize))];
        _sparse = new (int, int)[Parts, rotator.GlweDimension + 1, rotator.GlweDimension + 1][];
        _key = new int[Parts, rotator.GlweDimension + 1, rotator.GlweDimension + 1][];
        for (int part = 0; part < Parts; part++)
        for (int component = 0; component <= rotator.GlweDimension; component++)
        for (int column = 0; column <= rotator.GlweDimension; column++)
        {
            _key[part, component, column] = new int[rotator.PolynomialSize];
            for (int term = 0; term < Terms; term++)
                _key[part, component, column][_random.Next(rotator.PolynomialSize)] = _random.Next(
                    -LargestCoefficient,
                    LargestCoefficient + 1
                );
            _sparse[part, component, column] = [.. _key[part, component, column].Index().Where(term => term.Item != 0)];
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

    /// <summary>The same of a pair of mask words.</summary>
    internal double LargestPairError(int first, int second)
    {
        int n = _rotator.PolynomialSize;
        using NativeBuffer<ulong> accumulator = new(_rotator.AccumulatorLength);
        using NativeBuffer<double> elements = new(_rotator.PairLength);
        using NativeBuffer<double> scratch = new(_rotator.PairScratchLength);
        using NativeBuffer<ulong> polynomial = new(n);
        StorePair(elements);
        _rotator.SetTrivial(accumulator.Pointer, polynomial.Pointer);
        for (int component = 0; component < _polynomials.Length; component++)
        {
            _polynomials[component].CopyTo(polynomial.Slice(0, n));
            _rotator.SetComponent(accumulator.Pointer, component, polynomial.Pointer);
        }
        _rotator.AddPairProduct(
            accumulator.Pointer,
            first,
            second,
            elements.Pointer,
            elements.Pointer,
            _rotator.PairLength,
            scratch.Pointer
        );
        return Difference(accumulator, ExactPair(_polynomials, first, second));
    }

    private ulong[] RandomWords(int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (ulong)_random.NextInt64(long.MinValue, long.MaxValue))];

    private void StoreKey(NativeBuffer<double> ggsw) => Store(0, ggsw, 1);

    private void StorePair(NativeBuffer<double> elements)
    {
        for (int part = 0; part < Parts; part++)
            Store(part, elements, Parts);
    }

    private void Store(int part, NativeBuffer<double> key, int together)
    {
        int n = _rotator.PolynomialSize;
        using NativeBuffer<double> coefficients = new(n);
        using NativeBuffer<double> spectrum = new(_rotator.Transform.SpectrumLength);
        for (int row = 0; row < _rotator.Rows; row++)
        for (int column = 0; column <= _rotator.GlweDimension; column++)
        {
            ulong factor = _rotator.Gadget.Factor(row % _rotator.Gadget.Level + 1);
            ulong[] words = [.. _key[part, row / _rotator.Gadget.Level, column].Select(small => (ulong)small * factor)];
            _rotator.StoreWords(words, key.Pointer, part, together, row, column, coefficients.Pointer, spectrum.Pointer);
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
        ulong[][] result = [.. state.Select(words => words.ToArray())];
        int[] digits = new int[_rotator.Gadget.Level];
        for (int component = 0; component < state.Length; component++)
        for (int j = 0; j < n; j++)
        {
            int from = (j - rotation) & (2 * n - 1);
            ulong rotated = from < n ? state[component][from] : 0 - state[component][from - n];
            ulong rounded = Rounded(rotated - state[component][j], digits);
            for (int column = 0; column < state.Length; column++)
                AddProduct(result[column], _sparse[0, component, column], j, rounded);
        }
        return result;
    }

    /// <summary>The state plus (X^r - 1) times the products with each element, r the rotation of the first word, the second, and both.</summary>
    private ulong[][] ExactPair(ulong[][] state, int first, int second)
    {
        int n = _rotator.PolynomialSize;
        ulong[][] result = [.. state.Select(words => words.ToArray())];
        int[] digits = new int[_rotator.Gadget.Level];
        int[] rotations = [first, second, first + second];
        for (int component = 0; component < state.Length; component++)
        for (int j = 0; j < n; j++)
        {
            ulong rounded = Rounded(state[component][j], digits);
            for (int part = 0; part < Parts; part++)
            {
                int to = (j + rotations[part]) & (2 * n - 1);
                for (int column = 0; column < state.Length; column++)
                {
                    AddProduct(result[column], _sparse[part, component, column], to & (n - 1), to < n ? rounded : 0 - rounded);
                    AddProduct(result[column], _sparse[part, component, column], j, 0 - rounded);
                }
            }
        }
        return result;
    }

    private ulong Rounded(ulong word, int[] digits)
    {
        _rotator.Gadget.Decompose(word, digits);
        ulong rounded = 0;
        for (int level = 0; level < digits.Length; level++)
            rounded += (ulong)(long)digits[level] * _rotator.Gadget.Factor(level + 1);
        return rounded;
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
