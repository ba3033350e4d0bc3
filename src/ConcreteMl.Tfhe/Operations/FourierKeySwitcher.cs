using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ConcreteMl.Tfhe;

/// <summary>
/// Key switch of a batch in the Fourier domain (Bergerat et al., "New Secret Keys for Enhanced Performance in (T)FHE", ePrint 2023/979): the
/// mask is read as polynomials, whose digits are transformed and multiplied with the key; two transforms lead back. The key lies at X^-1, so that
/// words stay in their order on both sides.
/// </summary>
internal sealed unsafe class FourierKeySwitcher : IKeySwitcher
{
    private const double Modulus = 18446744073709551616.0;
    private readonly FourierKeySwitchKey _key;
    private readonly NegacyclicTransform _transform;
    private readonly int _capacity;
    private readonly NativeBuffer<double> _digits;
    private readonly NativeBuffer<double> _spectrum;
    private readonly NativeBuffer<double> _sums;

    /// <summary>Scratch for up to <paramref name="capacity"/> ciphertexts at a time; one instance per worker.</summary>
    internal FourierKeySwitcher(FourierKeySwitchKey key, int capacity)
    {
        _key = key;
        _transform = key.Transform;
        _capacity = capacity;
        _digits = new NativeBuffer<double>((long)_transform.PolynomialSize * key.Gadget.Level);
        _spectrum = new NativeBuffer<double>(_transform.SpectrumLength);
        _sums = new NativeBuffer<double>(2L * _transform.SpectrumLength * capacity);
    }

    /// <inheritdoc/>
    public void Switch(ulong* inputs, int count, ulong* outputs)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _capacity);
        int inputSize = _key.InputDimension + 1;
        int outputSize = _key.SmallDimension + 1;
        _sums.Slice(0, (int)(2L * _transform.SpectrumLength * count)).Clear();
        // polynomial by polynomial, so that its rows of the key stay in the cache for the whole batch
        for (int polynomial = 0; polynomial < _key.Polynomials; polynomial++)
        for (int i = 0; i < count; i++)
            AddPolynomial(polynomial, inputs + (long)i * inputSize, Sum(i));
        for (int i = 0; i < count; i++)
        {
            ulong* output = outputs + (long)i * outputSize;
            WriteNegated(Sum(i), output, _key.SmallDimension);
            WriteNegated(Sum(i) + _transform.SpectrumLength, output + _key.SmallDimension, 1);
            output[_key.SmallDimension] += inputs[(long)i * inputSize + inputSize - 1];
        }
    }

    /// <summary>Frees the scratch.</summary>
    public void Dispose()
    {
        _digits.Dispose();
        _spectrum.Dispose();
        _sums.Dispose();
    }

    private double* Sum(int ciphertext) => _sums.Pointer + 2L * _transform.SpectrumLength * ciphertext;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddPolynomial(int polynomial, ulong* input, double* sum)
    {
        int size = _transform.PolynomialSize;
        int length = _transform.SpectrumLength;
        int words = Math.Min(size, _key.InputDimension - polynomial * size);
        double* digits = _digits.Pointer;
        double* spectrum = _spectrum.Pointer;
        Decompose(input + polynomial * size, words, _key.Gadget, digits, size);
        for (int level = 0; level < _key.Gadget.Level; level++)
        {
            double* row = _key.Row(polynomial, level);
            if (words < size)
                new Span<double>(digits + level * size + words, size - words).Clear();
            _transform.Forward(digits + level * size, spectrum);
            _transform.MultiplyAdd(spectrum, row, sum);
            _transform.MultiplyAdd(spectrum, row + length, sum + length);
        }
    }

    /// <summary>
    /// Digits of <see cref="GadgetDecomposition.Decompose"/>, eight words at a time, level l of word i at <paramref name="digits"/>[l * stride + i];
    /// <paramref name="count"/> is a multiple of eight, as kN and M are.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Decompose(ulong* words, int count, GadgetDecomposition gadget, double* digits, int stride)
    {
        int shift = 63 - gadget.Bits;
        int baseLog = gadget.BaseLog;
        Vector512<long> one = Vector512<long>.One;
        Vector512<long> half = Vector512.Create(1L << (gadget.Bits - 1));
        Vector512<long> digitMask = Vector512.Create((1L << baseLog) - 1);
        for (int i = 0; i < count; i += Vector512<ulong>.Count)
        {
            Vector512<long> word = (Vector512.Load(words + i) >>> shift).AsInt64();
            Vector512<long> rounding = word & one;
            Vector512<long> state = (word >>> 1) + rounding;
            // above half, or a tie that was rounded up to half, denotes a negative number
            Vector512<long> negative =
                Vector512.GreaterThan(state, half) | (Vector512.Equals(state, half) & (Vector512<long>.Zero - rounding));
            state -= negative & (half + half);
            for (int level = gadget.Level - 1; level >= 0; level--)
            {
                Vector512<long> digit = state & digitMask;
                state >>= baseLog;
                Vector512<long> carry = ((((digit - one) | state) & digit) >>> (baseLog - 1)) & one;
                state += carry;
                Vector512.ConvertToDouble(digit - (carry << baseLog)).Store(digits + level * stride + i);
            }
        }
    }

    /// <summary>Back from a spectrum, which it destroys: the first <paramref name="count"/> coefficients as torus words, negated.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void WriteNegated(double* sum, ulong* output, int count)
    {
        double* turns = _digits.Pointer;
        _transform.Inverse(sum, turns);
        for (int i = 0; i < count; i += Vector512<double>.Count)
        {
            Vector512<double> turn = Vector512.Load(turns + i);
            Vector512<long> word = Vector512.ConvertToInt64((Vector512.Round(turn) - turn) * Modulus);
            if (i + Vector512<double>.Count <= count)
                word.Store((long*)output + i);
            else
                for (int j = i; j < count; j++)
                    output[j] = (ulong)word[j - i];
        }
    }
}
