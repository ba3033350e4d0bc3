namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// Linear kernels that make, at each position, some outputs as weighted sums of the same operand rows: products,
/// convolutions, pools, reductions. Work is cut into strips of words so that a position's rows stay in the cache.
/// </summary>
internal abstract unsafe class RowSumKernel : LinearKernel
{
    private const long StripBytes = 256 << 10;
    private const int SmallestStrip = 32;

    /// <summary>Number of positions.</summary>
    protected abstract int Positions { get; }

    /// <summary>Rows that a position reads at most.</summary>
    protected abstract int RowsPerPosition { get; }

    /// <summary>Outputs that a position writes.</summary>
    protected abstract int OutputsPerPosition { get; }

    /// <summary>Sets the rows that a position reads; null where a padding cell lies.</summary>
    protected abstract void FillRows(ReadOnlySpan<RowTensor> operands, int position, ulong** rows);

    /// <summary>Writes the outputs of a position, words [from, to).</summary>
    protected abstract void Write(int position, ulong** rows, RowTensor result, int from, int to);

    internal override void Run(ReadOnlySpan<RowTensor> operands, RowTensor result, RowWork work)
    {
        RowTensor[] shared = operands.ToArray();
        int words = result.RowWords;
        int strip = Strip(words);
        int strips = (words + strip - 1) / strip;
        int positions = Positions;
        double cost = (double)strip * RowsPerPosition * OutputsPerPosition;
        work.Run((long)strips * positions, cost, (first, last) => RunPieces(shared, result, strip, first, last));
    }

    private void RunPieces(RowTensor[] operands, RowTensor result, int strip, long first, long last)
    {
        int positions = Positions;
        int words = result.RowWords;
        ulong*[] array = new ulong*[Math.Max(RowsPerPosition, 1)];
        fixed (ulong** rows = array)
            for (long item = first; item < last; item++)
            {
                // neighbouring positions share rows, so a strip goes through all of them before the next strip
                int from = (int)(item / positions) * strip;
                int position = (int)(item % positions);
                FillRows(operands, position, rows);
                Write(position, rows, result, from, Math.Min(words, from + strip));
            }
    }

    private int Strip(int words)
    {
        long fitting = StripBytes / sizeof(ulong) / Math.Max(RowsPerPosition, 1);
        if (fitting >= words)
            return words;
        return (int)Math.Max(SmallestStrip, fitting / SmallestStrip * SmallestStrip);
    }
}
