using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ConcreteMl.Tfhe;

/// <summary>
/// Key switch of a batch: digits first, then column tile by column tile the sum of digit times key row, in registers.
/// </summary>
internal sealed unsafe class KeySwitcher : IKeySwitcher
{
    private const int Group = 4;

    // ciphertexts that share a pass over a wide key; their sums, 4 KiB, stay beside its rows
    private const int MostAtOnce = 16;
    private const int WideColumns = KeySwitchKey.TileBytes / sizeof(ulong);

    // rows of a wide tile that are summed for all ciphertexts of a batch before the next ones: 16 KiB, half of a small first-level cache
    private const int RowsAtOnce = 64;
    private readonly KeySwitchKey _key;
    private readonly NativeBuffer<int> _digits;

    /// <summary>Scratch for up to <paramref name="capacity"/> ciphertexts at a time; one instance per worker.</summary>
    internal KeySwitcher(KeySwitchKey key, int capacity)
    {
        _key = key;
        _digits = new NativeBuffer<int>((long)key.Rows * capacity);
    }

    /// <summary>
    /// Switches <paramref name="count"/> ciphertexts of kN + 1 words to as many rows of mask and body words: n + 1, or those of a GLWE
    /// ciphertext that has the message in its constant coefficient.
    /// </summary>
    public void Switch(ulong* inputs, int count, ulong* outputs)
    {
        Prepare(inputs, count);
        SwitchTiles(0, _key.Tiles, count, outputs);
        AddBodies(inputs, count, outputs);
    }

    /// <summary>The digits of <paramref name="count"/> ciphertexts, for <see cref="SwitchTiles"/>.</summary>
    internal void Prepare(ulong* inputs, int count)
    {
        for (int i = 0; i < count; i++)
            Decompose(inputs + (long)i * (_key.InputDimension + 1), Digits(i));
    }

    /// <summary>The output columns of tiles [<paramref name="first"/>, <paramref name="last"/>); several threads may do tiles of their own.</summary>
    internal void SwitchTiles(int first, int last, int count, ulong* outputs)
    {
        for (int tile = first; tile < last; tile++)
            SwitchTile(tile, count, outputs, _key.Shape.Columns);
    }

    /// <summary>The bodies of the inputs, behind all tiles.</summary>
    internal void AddBodies(ulong* inputs, int count, ulong* outputs)
    {
        int inputSize = _key.InputDimension + 1;
        for (int i = 0; i < count; i++)
            outputs[(long)i * _key.Shape.Columns + _key.Shape.MaskWords] += inputs[(long)i * inputSize + inputSize - 1];
    }

    /// <summary>Frees the scratch.</summary>
    public void Dispose() => _digits.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Decompose(ulong* input, int* digits)
    {
        GadgetDecomposition gadget = _key.Shape.Gadget;
        for (int i = 0; i < _key.InputDimension; i++, digits += gadget.Level)
            gadget.Decompose(input[i], new Span<int>(digits, gadget.Level));
    }

    private int* Digits(int ciphertext) => _digits.Pointer + (long)ciphertext * _key.Rows;

    /// <summary>One tile of all outputs: four ciphertexts a pass over narrow keys while there are so many.</summary>
    private void SwitchTile(int tile, int count, ulong* outputs, int outputSize)
    {
        int first = tile * _key.TileColumns;
        int columns = Math.Min(_key.TileColumns, outputSize - first);
        uint* sums = stackalloc uint[KeySwitchKey.TileBytes / sizeof(uint) * MostAtOnce];
        int done = 0;
        while (done < count)
        {
            int group = 1;
            if (!_key.IsNarrow)
            {
                group = Math.Min(MostAtOnce, count - done);
                SumWideGroup((ulong*)_key.Tile(tile), done, group, (ulong*)sums);
            }
            else if (count - done < Group)
                SumNarrow((uint*)_key.Tile(tile), Digits(done), _key.Rows, sums);
            else
            {
                group = Group;
                SumNarrowGroup((uint*)_key.Tile(tile), Digits(done), _key.Rows, sums);
            }
            for (int i = 0; i < group; i++)
                Negate(sums + i * 64, outputs + (long)(done + i) * outputSize + first, columns);
            done += group;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Negate(uint* sums, ulong* output, int columns)
    {
        for (int j = 0; j < columns; j++)
            output[j] = _key.IsNarrow ? (ulong)(0 - sums[j]) << 32 : 0 - ((ulong*)sums)[j];
    }

    /// <summary>
    /// Four ciphertexts on one pass over a tile, two key vectors at a time so that sums, keys and digits fit the registers.
    /// </summary>
    private static void SumNarrowGroup(uint* key, int* digits, int rows, uint* sums)
    {
        for (int half = 0; half < 64; half += 32)
            SumNarrowHalf(key + half, digits, rows, sums + half);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumNarrowHalf(uint* key, int* digits, int rows, uint* sums)
    {
        Vector512<uint> a0 = Vector512<uint>.Zero;
        Vector512<uint> a1 = Vector512<uint>.Zero;
        Vector512<uint> b0 = Vector512<uint>.Zero;
        Vector512<uint> b1 = Vector512<uint>.Zero;
        Vector512<uint> c0 = Vector512<uint>.Zero;
        Vector512<uint> c1 = Vector512<uint>.Zero;
        Vector512<uint> d0 = Vector512<uint>.Zero;
        Vector512<uint> d1 = Vector512<uint>.Zero;
        for (int row = 0; row < rows; row++, key += 64)
        {
            Vector512<uint> k0 = Vector512.Load(key);
            Vector512<uint> k1 = Vector512.Load(key + 16);
            Vector512<uint> digit = Vector512.Create((uint)digits[row]);
            a0 += k0 * digit;
            a1 += k1 * digit;
            digit = Vector512.Create((uint)digits[row + rows]);
            b0 += k0 * digit;
            b1 += k1 * digit;
            digit = Vector512.Create((uint)digits[row + 2 * rows]);
            c0 += k0 * digit;
            c1 += k1 * digit;
            digit = Vector512.Create((uint)digits[row + 3 * rows]);
            d0 += k0 * digit;
            d1 += k1 * digit;
        }
        a0.Store(sums);
        a1.Store(sums + 16);
        b0.Store(sums + 64);
        b1.Store(sums + 80);
        c0.Store(sums + 128);
        c1.Store(sums + 144);
        d0.Store(sums + 192);
        d1.Store(sums + 208);
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

    /// <summary>Several ciphertexts on one pass over a tile of 64-bit words, which is larger than a cache: rows that fit serve all of them.</summary>
    private void SumWideGroup(ulong* key, int start, int count, ulong* sums)
    {
        new Span<ulong>(sums, count * WideColumns).Clear();
        for (int row = 0; row < _key.Rows; row += RowsAtOnce)
        {
            int rows = Math.Min(RowsAtOnce, _key.Rows - row);
            for (int i = 0; i < count; i++)
                AddWide(key + (long)row * WideColumns, Digits(start + i) + row, rows, sums + i * WideColumns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddWide(ulong* key, int* digits, int rows, ulong* sums)
    {
        Vector512<ulong> s0 = Vector512.Load(sums);
        Vector512<ulong> s1 = Vector512.Load(sums + 8);
        Vector512<ulong> s2 = Vector512.Load(sums + 16);
        Vector512<ulong> s3 = Vector512.Load(sums + 24);
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
