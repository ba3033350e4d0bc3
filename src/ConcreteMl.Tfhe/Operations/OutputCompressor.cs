using ConcreteMl.Tfhe.Programs;

namespace ConcreteMl.Tfhe;

/// <summary>
/// Makes ciphertexts small: each is switched to a row of the packing key, a GLWE ciphertext with the message in its constant coefficient; N'
/// of these are moved to coefficients of their own and summed; the sum's words are rounded to their highest bits, half of the
/// mask's summed rounding error (its mean under a binary key) going to the bodies.
/// </summary>
internal sealed unsafe class OutputCompressor(EvaluationKey key, OutputCompression compression, RowWork work)
{
    // as many as the key switch serves by one pass over its key, which has a hundred megabytes and more
    private const int Batch = 16;
    private readonly KeySwitchKey _packing = key.Packing!;
    private readonly int _n = compression.PolynomialSize;
    private readonly int _dimension = compression.Dimension;

    /// <summary>Compresses <paramref name="count"/> ciphertexts of kN + 1 words; these are not changed.</summary>
    internal PackedCiphertexts Run(ulong* words, int count)
    {
        int rowWords = _packing.Shape.Columns;
        int inputWords = _packing.InputDimension + 1;
        using NativeBuffer<ulong> rows = new((long)count * rowWords);
        using (KeySwitcher switcher = new(_packing, Math.Clamp(count, 1, Batch)))
            for (int one = 0; one < count; one += Batch)
                Switch(switcher, words + (long)one * inputWords, Math.Min(Batch, count - one), rows.Pointer + (long)one * rowWords);
        int groups = (count + _n - 1) / _n;
        ulong[] packed = new ulong[(long)groups * _dimension + count];
        work.Run(
            groups,
            (double)_n * rowWords,
            (first, last) =>
            {
                ulong[] sum = new ulong[rowWords];
                for (int group = (int)first; group < last; group++)
                {
                    int own = compression.Packed((long)group * _n, count);
                    Sum(rows.Pointer + (long)group * _n * rowWords, own, sum);
                    Centre(sum, own);
                    sum.AsSpan(0, _dimension + own).CopyTo(packed.AsSpan(group * (_dimension + _n)));
                }
            }
        );
        int outputKey = key.Parameters.Classes.Length + 1;
        return PackedCiphertexts.Pack(packed, count, _dimension, compression.ModulusBits, outputKey, _n);
    }

    /// <summary>Rows of the packing key for ciphertexts, each core with columns of its own, so that the key is read once.</summary>
    private void Switch(KeySwitcher switcher, ulong* inputs, int count, ulong* rows)
    {
        switcher.Prepare(inputs, count);
        work.Run(
            _packing.Tiles,
            (double)count * _packing.Rows * _packing.TileColumns,
            (first, last) => switcher.SwitchTiles((int)first, (int)last, count, rows)
        );
        switcher.AddBodies(inputs, count, rows);
    }

    /// <summary>The sum of row c times X^c modulo X^N' + 1, polynomial by polynomial.</summary>
    private void Sum(ulong* rows, int own, Span<ulong> sum)
    {
        sum.Clear();
        for (int c = 0; c < own; c++, rows += sum.Length)
        for (int polynomial = 0; polynomial < sum.Length; polynomial += _n)
        {
            for (int power = 0; power < _n - c; power++)
                sum[polynomial + power + c] += rows[polynomial + power];
            for (int power = _n - c; power < _n; power++)
                sum[polynomial + power + c - _n] -= rows[polynomial + power];
        }
    }

    /// <summary>Adds to each body half the sum of the rounding errors that its mask words will have.</summary>
    private void Centre(Span<ulong> sum, int own)
    {
        ulong half = 1UL << (63 - compression.ModulusBits);
        Span<long> errors = stackalloc long[_n];
        Int128 all = 0;
        // words of one power in all polynomials meet the same coefficients with the same signs
        for (int power = 0; power < _n; power++)
        {
            Int128 error = 0;
            for (int polynomial = 0; polynomial < _dimension; polynomial += _n)
                error += (long)(half - ((sum[polynomial + power] + half) & (2 * half - 1)));
            errors[power] = (long)(error >> 1);
            all += errors[power];
        }
        Int128 below = 0;
        for (int c = 0; c < own; c++)
        {
            below += errors[c];
            sum[_dimension + c] += (ulong)(long)(below - (all - below));
        }
    }
}
