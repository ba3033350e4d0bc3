using System.Numerics;

namespace ConcreteMl.Tfhe;

/// <summary>
/// The order in which extended blind rotations take mask words: by 2-adic valuation (capped at nu), within one by index. Rotations
/// commute, so any order is right; this one depends on the public masks only, and a ciphertext's is the same in whatever company.
/// </summary>
internal sealed class MaskOrder
{
    /// <summary>The most ciphertexts of one order.</summary>
    internal const int MostTogether = 8;

    private readonly int _dimension;
    private readonly int _nu;
    private readonly int[] _words;
    private readonly byte[] _serves;

    /// <summary>Room for the masks of up to <paramref name="capacity"/> ciphertexts of dimension <paramref name="dimension"/>.</summary>
    internal MaskOrder(int dimension, int nu, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, MostTogether);
        _dimension = dimension;
        _nu = nu;
        // a word appears once for each valuation that it has in some ciphertext
        int most = dimension * Math.Min(capacity, nu + 1);
        _words = new int[most];
        _serves = new byte[most];
    }

    /// <summary>Orders the non-zero words of <paramref name="count"/> ciphertexts (dimension + 1 integers each, the body last); returns the number of steps.</summary>
    internal int Sort(ReadOnlySpan<int> switched, int count)
    {
        int at = 0;
        for (int valuation = 0; valuation <= _nu; valuation++)
        for (int word = 0; word < _dimension; word++)
        {
            uint serves = Having(switched, count, word, valuation);
            if (serves == 0)
                continue;
            _words[at] = word;
            _serves[at++] = (byte)serves;
        }
        return at;
    }

    /// <summary>Index of the mask word of step <paramref name="at"/>.</summary>
    internal int Word(int at) => _words[at];

    /// <summary>A bit for each ciphertext whose word step <paramref name="at"/> takes.</summary>
    internal uint Serves(int at) => _serves[at];

    private uint Having(ReadOnlySpan<int> switched, int count, int word, int valuation)
    {
        uint serves = 0;
        for (int i = 0; i < count; i++)
        {
            int value = switched[i * (_dimension + 1) + word];
            if (value != 0 && Math.Min(BitOperations.TrailingZeroCount(value), _nu) == valuation)
                serves |= 1u << i;
        }
        return serves;
    }
}
