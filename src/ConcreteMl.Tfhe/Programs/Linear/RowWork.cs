namespace ConcreteMl.Tfhe.Programs;

/// <summary>Splits loops over rows among cores; small ones stay on the caller's.</summary>
/// <param name="threads">Cores to use, at least 1.</param>
/// <param name="cancellation">Observed between pieces.</param>
internal sealed class RowWork(int threads, CancellationToken cancellation)
{
    private const long WorthSharing = 1 << 15;
    private const int PiecesPerThread = 8;

    internal int Threads => threads;

    internal CancellationToken Cancellation => cancellation;

    /// <summary>Runs <paramref name="body"/> on ranges [from, to) that cover 0 to <paramref name="items"/>.</summary>
    /// <param name="items">Number of independent items.</param>
    /// <param name="wordsPerItem">Rough cost of one, in multiplications or copied words.</param>
    /// <param name="body">May run on several cores at once.</param>
    internal void Run(long items, double wordsPerItem, Action<long, long> body)
    {
        cancellation.ThrowIfCancellationRequested();
        if (threads == 1 || items < 2 || items * wordsPerItem < WorthSharing)
        {
            body(0, items);
            return;
        }
        long smallest = (long)Math.Max(1, WorthSharing / 4 / Math.Max(wordsPerItem, 1));
        long piece = Math.Max(smallest, (items + threads * PiecesPerThread - 1) / (threads * PiecesPerThread));
        long pieces = (items + piece - 1) / piece;
        ParallelOptions options = new() { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        Parallel.For(0, pieces, options, index => body(index * piece, Math.Min(items, (index + 1) * piece)));
    }
}
