using System.Runtime.InteropServices;

namespace ConcreteMl.Tfhe.Programs;

/// <summary>Where the ranges of a layer come from and go to: rows of its operands and results in memory.</summary>
internal sealed unsafe class RangeFlow(RangeWork work, RowTensor[] operands, RowTensor[] results, int laneWords, RowWork cores)
{
    /// <summary>The most ciphertexts that are computed here at once.</summary>
    internal int Most => work.Most;

    /// <summary>Computes a range here; <paramref name="scratch"/> has room for its results where one ciphertext has several.</summary>
    internal void Compute(long first, int count, ulong* scratch)
    {
        ulong*[] at = new ulong*[operands.Length];
        for (int i = 0; i < at.Length; i++)
            at[i] = operands[i].Pointer + first * laneWords;
        if (work.Each == 1)
        {
            work.Run(first, count, at, results[0].Pointer + first * laneWords);
            return;
        }

        work.Run(first, count, at, scratch);
        Spread(scratch, first, count);
    }

    /// <summary>The operands of a range, one after the other.</summary>
    internal byte[] Read(long first, int count)
    {
        int bytes = checked(count * laneWords * sizeof(ulong));
        byte[] read = new byte[checked(bytes * operands.Length)];
        for (int i = 0; i < operands.Length; i++)
            new ReadOnlySpan<byte>(operands[i].Pointer + first * laneWords, bytes).CopyTo(read.AsSpan(i * bytes));
        return read;
    }

    /// <summary>Bytes of the results of a range.</summary>
    internal long ResultBytes(int count) => (long)count * work.Each * laneWords * sizeof(ulong);

    /// <summary>Takes over results that another machine computed.</summary>
    internal void Write(long first, int count, byte[] computed)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(computed);
        if (work.Each == 1)
        {
            words.CopyTo(new Span<ulong>(results[0].Pointer + first * laneWords, words.Length));
            return;
        }

        fixed (ulong* from = words)
            Spread(from, first, count);
    }

    /// <summary>Moves results that stand one ciphertext after the other to their own values.</summary>
    private void Spread(ulong* words, long first, int count)
    {
        int each = results.Length;
        cores.Run(
            count,
            (double)laneWords * each,
            (from, to) =>
            {
                for (long one = from; one < to; one++)
                for (int i = 0; i < each; i++)
                    new ReadOnlySpan<ulong>(words + (one * each + i) * laneWords, laneWords).CopyTo(
                        new Span<ulong>(results[i].Pointer + (first + one) * laneWords, laneWords)
                    );
            }
        );
    }
}
