using System.Diagnostics;

namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// Computes a layer here and on other machines at once. Whoever is free takes the next range. What does not come back, or comes late, is
/// computed here: a range is determined by its key and its ciphertexts.
/// </summary>
internal sealed class SharedRanges(RangeHelpers helpers, RowWork work)
{
    // A range of this many lookups travels as 4 MiB of ciphertexts (N = 2048) and takes about a second of two cores.
    private const int MostAway = 256;
    private const int LeastAway = 16;
    private const int AtOnce = 2;

    // as many as a core bootstraps side by side
    private const int PerThread = 8;

    // When nothing is left here, others get as long again as their slowest range took, and at least this.
    private static readonly TimeSpan LeastPatience = TimeSpan.FromSeconds(1);

    /// <summary>Runs the ranges of a layer.</summary>
    /// <param name="index">The instruction.</param>
    /// <param name="total">Ciphertexts of the layer.</param>
    /// <param name="lanes">Ciphertexts of one element.</param>
    /// <param name="flow">Reads operands and writes results.</param>
    /// <param name="here">Computes a range here, and notes in the queue that it is done.</param>
    internal void Run(int index, long total, int lanes, RangeFlow flow, Action<long, int, RangeQueue> here)
    {
        RangeQueue queue = new(total, helpers.All.Count + 1);
        CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(work.Cancellation);
        Task[] others =
        [
            .. helpers.All.SelectMany(helper => Enumerable.Repeat(helper, AtOnce)).Select(helper => Task.Run(() => HelpAsync(helper))),
        ];
        try
        {
            Compute();
            TimeSpan patience = queue.Slowest * 2;
            if (!Task.WaitAll(others, (int)Math.Max(patience.TotalMilliseconds, LeastPatience.TotalMilliseconds), work.Cancellation))
                queue.TakeBack();
            Compute();
        }
        finally
        {
            // nobody reads or writes the layer after this
            queue.TakeBack();
            end.Cancel();
        }

        void Compute()
        {
            while (queue.TryTake(PerThread * work.Threads, flow.Most, out (long First, int Count) range))
                // a range that came back may be larger than one of here
                for (int done = 0; done < range.Count; done += flow.Most)
                    here(range.First + done, Math.Min(flow.Most, range.Count - done), queue);
        }

        async Task HelpAsync(IRangeHelper helper)
        {
            while (queue.TrySend(LeastAway, MostAway, flow.Read, out (long First, int Count) range, out byte[] operands))
            {
                long start = Stopwatch.GetTimestamp();
                LookupRange sent = new(index, range.First, range.Count, lanes, operands);
                byte[]? results = await AskAsync(() => helper.ComputeAsync(sent, end.Token)).ConfigureAwait(false);
                if (results is null || results.Length != flow.ResultBytes(range.Count))
                {
                    queue.GiveBack(range);
                    return;
                }

                queue.Deliver(range, Stopwatch.GetElapsedTime(start), () => flow.Write(range.First, range.Count, results));
            }
        }
    }

    // whatever keeps another machine from computing, the range is computed here
    private static async Task<byte[]?> AskAsync(Func<Task<byte[]?>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception)
        {
            return null;
        }
    }
}
