using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ConcreteMl.Tfhe;

/// <summary>
/// Key switch of a batch: digits first, then column tile by column tile the sum of digit times key row, in registers.
/// </summary>
internal sealed unsafe class KeySwitcher : IDisposable
{
    private readonly KeySwitchKey _key;
    private readonly NativeBuffer<int> _digits;

    /// <summary>Scratch for up to <paramref name="capacity"/> ciphertexts at a time; one instance per worker.</summary>
    internal KeySwitcher(KeySwitchKey key, int capacity)
    {
        _key = key;
        _digits = new NativeBuffer<int>((long)key.Rows * capacity);
    }

    /// <summary>
    /// Switches <paramref name="count"/> ciphertexts of kN + 1 words to as many of n + 1 words.
    /// </summary>
    internal void Switch(ulong* inputs, int count, ulong* outputs)
    {
        int inputSize = _key.InputDimension + 1;
        int outputSize = _key.Lookup.SmallDimension + 1;
        int rows = _key.Rows;
        for (int i = 0; i < count; i++)
            Decompose(inputs + (long)i * inputSize, _digits.Pointer + (long)i * rows);
        ulong* sums = stackalloc ulong[KeySwitchKey.TileBytes / sizeof(uint)];
        for (int tile = 0; tile < _key.Tiles; tile++)
        for (int i = 0; i < count; i++)
        {
            int* digits = _digits.Pointer + (long)i * rows;
            int first = tile * _key.TileColumns;
            int columns = Math.Min(_key.TileColumns, outputSize - first);
            ulong* output = outputs + (long)i * outputSize + first;
            if (_key.IsNarrow)
                SumNarrow((uint*)_key.Tile(tile), digits, rows, (uint*)sums);
            else
                SumWide((ulong*)_key.Tile(tile), digits, rows, sums);
            for (int j = 0; j < columns; j++)
                output[j] = _key.IsNarrow ? (ulong)(0 - ((uint*)sums)[j]) << 32 : 0 - sums[j];
        }
        for (int i = 0; i < count; i++)
            outputs[(long)i * outputSize + outputSize - 1] += inputs[(long)i * inputSize + inputSize - 1];
    }

    /// <summary>Frees the scratch.</summary>
    public void Dispose() => _digits.Dispose();

    private void Decompose(ulong* input, int* digits)
    {
        GadgetDecomposition gadget = _key.Lookup.KeySwitch;
        for (int i = 0; i < _key.InputDimension; i++, digits += gadget.Level)
            gadget.Decompose(input[i], new Span<int>(digits, gadget.Level));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumNarrow(uint* key, int* digits, int rows, uint* sums)
    {
        Vector512<uint> s0 = Vector512<uint>.Zero;
        Vector512<uint> s1 = Vector512<uint>.Zero;
        Vector512<uint> s2 = Vector512<uint>.Zero;
        Vector512<uint> s3 = Vector512<uint>.Zero;
        for (int row = 0; row < rows; row++, key += 64)
        {
            Vector512<uint> digit = Vector512.Create((uint)digits[row]);
            s0 += Vector512.Load(key) * digit;
            s1 += Vector512.Load(key + 16) * digit;
            s2 += Vector512.Load(key + 32) * digit;
            s3 += Vector512.Load(key + 48) * digit;
        }
        s0.Store(sums);
        s1.Store(sums + 16);
        s2.Store(sums + 32);
        s3.Store(sums + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumWide(ulong* key, int* digits, int rows, ulong* sums)
    {
        Vector512<ulong> s0 = Vector512<ulong>.Zero;
        Vector512<ulong> s1 = Vector512<ulong>.Zero;
        Vector512<ulong> s2 = Vector512<ulong>.Zero;
        Vector512<ulong> s3 = Vector512<ulong>.Zero;
        for (int row = 0; row < rows; row++, key += 32)
        {
            Vector512<ulong> digit = Vector512.Create((ulong)digits[row]);
            s0 += Vector512.Load(key) * digit;
            s1 += Vector512.Load(key + 8) * digit;
            s2 += Vector512.Load(key + 16) * digit;
            s3 += Vector512.Load(key + 24) * digit;
        }
        s0.Store(sums);
        s1.Store(sums + 8);
        s2.Store(sums + 16);
        s3.Store(sums + 24);
    }
}
