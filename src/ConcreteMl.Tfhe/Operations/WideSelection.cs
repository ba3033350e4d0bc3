using System.Numerics;
using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>
/// Selects entries of a table by encrypted bits: GGSW encryptions of the bits are made of the digits that blind rotations gave, the higher
/// bits choose among the polynomials that hold the table, and the lower ones rotate the chosen one. One instance per worker.
/// </summary>
internal sealed unsafe class WideSelection : IDisposable
{
    private readonly BigKeyParameters _big;
    private readonly WideKey _key;
    private readonly int _logSize;
    private readonly NativeBuffer<double> _bits;
    private readonly NativeBuffer<ulong> _nodes;
    private readonly NativeBuffer<ulong> _zero;
    private readonly NativeBuffer<ulong> _one;
    private readonly NativeBuffer<ulong> _turned;
    private readonly NativeBuffer<ulong> _plain;
    private readonly NativeBuffer<ulong> _spare;
    private readonly NativeBuffer<double> _coefficients;
    private readonly NativeBuffer<double> _spectrum;
    private readonly NativeBuffer<double> _scratch;

    internal WideSelection(BigKeyParameters big, WideKey key, int bits)
    {
        _big = big;
        _key = key;
        _logSize = BitOperations.Log2((uint)big.PolynomialSize);
        int length = key.Selector.AccumulatorLength;
        _bits = new NativeBuffer<double>(key.Selector.GgswLength * bits);
        _nodes = new NativeBuffer<ulong>((long)length << Math.Max(0, bits - _logSize));
        _zero = new NativeBuffer<ulong>(length);
        _one = new NativeBuffer<ulong>(length);
        _turned = new NativeBuffer<ulong>(length);
        _plain = new NativeBuffer<ulong>(big.PolynomialSize);
        _spare = new NativeBuffer<ulong>(big.PolynomialSize);
        _coefficients = new NativeBuffer<double>(big.PolynomialSize);
        _spectrum = new NativeBuffer<double>(key.Selector.Transform.SpectrumLength);
        _scratch = new NativeBuffer<double>(Math.Max(key.Selector.ScratchLength, key.Switcher.ScratchLength));
    }

    /// <summary>
    /// Makes the GGSW encryption of bit <paramref name="bit"/> of LWE encryptions of it times the selector's factors, kN + 1 words a level:
    /// its last rows are their GLWE encryptions, and the others these times -S_r.
    /// </summary>
    internal void SetBit(int bit, ulong* digits)
    {
        int levels = _key.Lookup.Selector.Level;
        for (int level = 0; level < levels; level++)
        {
            Pack(new ReadOnlySpan<ulong>(digits + (long)level * _big.LweSize, _big.LweSize));
            Trace();
            StoreRow(bit, _big.GlweDimension * levels + level, _one.Pointer);
            for (int r = 0; r < _big.GlweDimension; r++)
            {
                Clear(_turned);
                Product(_turned.Pointer, _one.Pointer, _key.Secret(r));
                StoreRow(bit, r * levels + level, _turned.Pointer);
            }
        }
    }

    /// <summary>Extracts the code of the entry that the bits name among <paramref name="entries"/>, 2^p words, to kN + 1 words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Run(ReadOnlySpan<ulong> entries, EntryGrid grid, Span<ulong> output)
    {
        BlindRotator selector = _key.Selector;
        int n = _big.PolynomialSize;
        int bits = BitOperations.Log2((uint)entries.Length);
        int low = Math.Min(bits, _logSize);
        for (int node = 0; node < 1 << (bits - low); node++)
        {
            Clear(_plain);
            ReadOnlySpan<ulong> own = entries.Slice(node << low, 1 << low);
            for (int j = 0; j < own.Length; j++)
                _plain.Pointer[j] = grid.Phase(own[j]);
            selector.SetTrivial(Node(node), _plain.Pointer);
        }
        for (int bit = low; bit < bits; bit++)
        for (int node = 0; node < 1 << (bits - bit - 1); node++)
        {
            ulong* into = Node(node << (bit - low + 1));
            selector.AddExternalProduct(
                into,
                into + ((long)selector.AccumulatorLength << (bit - low)),
                0,
                Bit(bit),
                Bit(bit),
                _scratch.Pointer
            );
        }
        for (int bit = 0; bit < low; bit++)
            selector.AddExternalProduct(Node(0), Node(0), 2 * n - (1 << bit), Bit(bit), Bit(Math.Min(bit + 1, low - 1)), _scratch.Pointer);
        selector.Extract(Node(0), 0, output);
    }

    /// <summary>Frees the scratch.</summary>
    public void Dispose()
    {
        _bits.Dispose();
        _nodes.Dispose();
        _zero.Dispose();
        _one.Dispose();
        _turned.Dispose();
        _plain.Dispose();
        _spare.Dispose();
        _coefficients.Dispose();
        _spectrum.Dispose();
        _scratch.Dispose();
    }

    private ulong* Node(int index) => _nodes.Pointer + (long)index * _key.Selector.AccumulatorLength;

    private double* Bit(int index) => _bits.Pointer + index * _key.Selector.GgswLength;

    private static void Clear(NativeBuffer<ulong> buffer) => buffer.Slice(0, (int)buffer.Length).Clear();

    /// <summary>into += the key's element times <paramref name="source"/>.</summary>
    private void Product(ulong* into, ulong* source, double* element)
    {
        double* digits = _scratch.Pointer;
        double* work = digits + _key.Switcher.DigitsLength;
        _key.Switcher.Decompose(_zero.Pointer, source, 0, digits, work);
        _key.Switcher.MultiplyAdd(into, digits, element, element, work);
    }

    /// <summary>
    /// A GLWE ciphertext whose constant coefficient is the phase of an LWE ciphertext divided by N, up to multiples of 1/N of a turn; the
    /// others are arbitrary.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pack(ReadOnlySpan<ulong> ciphertext)
    {
        int n = _big.PolynomialSize;
        ulong half = (ulong)n >> 1;
        Span<ulong> polynomial = _plain.Slice(0, n);
        for (int u = 0; u < _big.GlweDimension; u++)
        {
            // rounding up past the top is the whole turn
            polynomial[0] = ciphertext[u * n] + half >> _logSize;
            for (int j = 1; j < n; j++)
                polynomial[n - j] = 0 - (ciphertext[u * n + j] + half >> _logSize);
            _key.Switcher.SetComponent(_one.Pointer, u, _plain.Pointer);
        }
        polynomial.Clear();
        polynomial[0] = ciphertext[^1] + half >> _logSize;
        _key.Switcher.SetComponent(_one.Pointer, _big.GlweDimension, _plain.Pointer);
    }

    /// <summary>
    /// Multiplies the constant coefficient by N, which restores the phase modulo a turn, and cancels the others: c becomes c + s(c) for each
    /// automorphism s.
    /// </summary>
    private void Trace()
    {
        for (int index = 0; index < WideLookup.Automorphisms(_big); index++)
        {
            int exponent = WideLookup.Exponent(_big, index);
            for (int component = 0; component <= _big.GlweDimension; component++)
                Turn(component, exponent);
            Product(_one.Pointer, _turned.Pointer, _key.Automorphism(index));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Turn(int component, int exponent)
    {
        int n = _big.PolynomialSize;
        ulong* plain = _spare.Pointer;
        ulong* turned = _plain.Pointer;
        _key.Switcher.ReadComponent(_one.Pointer, component, _spare.Slice(0, n));
        int place = 0;
        for (int j = 0; j < n; j++)
        {
            turned[place & (n - 1)] = place < n ? plain[j] : 0 - plain[j];
            place = place + exponent & (2 * n - 1);
        }
        _key.Switcher.SetComponent(_turned.Pointer, component, turned);
    }

    private void StoreRow(int bit, int row, ulong* ciphertext)
    {
        for (int column = 0; column <= _big.GlweDimension; column++)
        {
            Span<ulong> plain = _plain.Slice(0, _big.PolynomialSize);
            _key.Selector.ReadComponent(ciphertext, column, plain);
            _key.Selector.StoreWords(plain, Bit(bit), row, column, _coefficients.Pointer, _spectrum.Pointer);
        }
    }
}
