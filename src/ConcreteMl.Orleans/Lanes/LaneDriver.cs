using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace ConcreteMl.Orleans;

/// <summary>Keeps one lane busy with samples of a batch, and gives back what its silo does not end.</summary>
internal sealed class LaneDriver(ILane lane, LaneKey key, Batch batch, KeyCourier courier, FheClusterOptions options, ILogger logger)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Takes samples until the batch is computed.</summary>
    internal async Task DriveAsync(CancellationToken cancellation)
    {
        await foreach (BatchSample sample in batch.TakeAsync(cancellation))
            try
            {
                byte[] outputs = await ComputeAsync(sample, cancellation);
                await batch.EndAsync(sample, outputs);
            }
            catch (Exception problem) when (IsSilo(problem) && !cancellation.IsCancellationRequested)
            {
                await FailAsync(sample, problem, cancellation);
            }
            catch (OperationCanceledException)
            {
                // the lane may be gone as well: nobody waits for it
                lane.CancelAsync(sample.Run).Ignore();
                throw;
            }
    }

    private async Task<byte[]> ComputeAsync(BatchSample sample, CancellationToken cancellation)
    {
        Immutable<byte[]> inputs = new(await batch.WriteAsync(sample));
        Task<LaneReply> Begin() => lane.BeginAsync(sample.Run, key, inputs);
        LaneReply reply = await Begin();
        for (int busy = 0; ; )
        {
            cancellation.ThrowIfCancellationRequested();
            switch (reply.State)
            {
                case LaneState.Done:
                    return reply.Outputs;
                case LaneState.Running:
                    batch.Report(sample, reply.Progress);
                    reply = await lane.WaitAsync(sample.Run).WaitAsync(cancellation);
                    break;
                case LaneState.NeedsKey:
                    reply = await courier.BringAsync(lane, Begin, cancellation);
                    break;
                case LaneState.Busy:
                    // other batches fill the silo: that is no failure, and they end
                    await Task.Delay(Pause(busy++), cancellation);
                    reply = await Begin();
                    break;
                case LaneState.Refused:
                    throw new ClusterException(reply.Status, reply.Code, reply.Message);
                case LaneState.Failed:
                    throw new LaneFailure(reply);
                default:
                    throw new LaneFailure(reply with { Status = 500, Code = "CML6409", Message = "a silo has gone" });
            }
        }
    }

    private async Task FailAsync(BatchSample sample, Exception problem, CancellationToken cancellation)
    {
        sample.Failures++;
        logger.LogWarning(problem, "sample {Sample} failed on a silo, time {Failures}", sample.Index, sample.Failures);
        if (sample.Failures >= options.Attempts)
            throw new ClusterException(
                (problem as LaneFailure)?.Reply.Status ?? 503,
                (problem as LaneFailure)?.Reply.Code ?? "CML6409",
                $"a sample failed {sample.Failures} times; last: {problem.Message.TrimEnd('.')}",
                problem
            );
        batch.Report(sample, 0);
        batch.GiveBack(sample);
        await Task.Delay(Pause(sample.Failures - 1), cancellation);
    }

    // 0.2 s, twice as long each time: a silo that restarts is met soon, one that has gone is not asked without end.
    private static TimeSpan Pause(int times) =>
        TimeSpan.FromSeconds(Math.Min(0.2 * Math.Pow(2, Math.Min(times, 10)), LongestPause.TotalSeconds));

    // What the way to a silo says, or the silo of itself; not what is wrong with the inputs.
    private static bool IsSilo(Exception problem) =>
        problem is OrleansException or TimeoutException or IOException or LaneFailure or OperationCanceledException;

    private sealed class LaneFailure(LaneReply reply) : Exception($"{reply.Code}: {reply.Message}")
    {
        internal LaneReply Reply => reply;
    }
}
