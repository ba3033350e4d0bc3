using ConcreteMl.AspNetCore;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace ConcreteMl.Orleans;

/// <summary>A lane on its silo. Calls interleave; the work itself runs beside the grain's turns.</summary>
[Reentrant, LanePlacement]
internal sealed class Lane(SiloWork work, SiloRanges ranges) : Grain, ILane
{
    // Longer than a poll and a retry take: a run whose result nobody asked for that long is forgotten.
    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(5);

    /// <summary>How long a call waits for the end of a run: far shorter than Orleans' own bound on an answer (30 s).</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Dictionary<Guid, SiloRun> runs = [];
    private readonly Dictionary<Guid, KeyArrival> arrivals = [];

    public Task<LaneReply> BeginAsync(Guid run, LaneKey key, Immutable<byte[]> inputs)
    {
        // what failed here may be tried here again
        if (
            runs.TryGetValue(run, out SiloRun? known)
            && known.Reply is { State: LaneState.Running or LaneState.Done or LaneState.Refused } kept
        )
            return Task.FromResult(kept);
        foreach (Guid old in runs.Where(one => one.Value.Idle > Forgotten).Select(one => one.Key).ToArray())
            runs.Remove(old);
        LaneReply reply = work.TryBegin(key, inputs.Value, out SiloRun? begun);
        if (begun is not null)
            runs[run] = begun;
        return Task.FromResult(reply);
    }

    public async Task<LaneReply> WaitAsync(Guid run)
    {
        if (!runs.TryGetValue(run, out SiloRun? known))
            return new LaneReply(LaneState.Unknown);
        await known.EndsWithinAsync(Patience);
        return known.Reply;
    }

    public Task CancelAsync(Guid run)
    {
        if (runs.Remove(run, out SiloRun? known))
            known.Cancel();
        return Task.CompletedTask;
    }

    public async Task<LaneReply> ReceiveKeyAsync(LaneKey key, Guid upload, Immutable<byte[]> part, bool isLast)
    {
        if (!arrivals.TryGetValue(upload, out KeyArrival? arrival))
            arrivals[upload] = arrival = work.Receive(key);
        LaneReply reply = await arrival.TakeAsync(part.Value, isLast);
        if (isLast || reply.State != LaneState.Running)
            arrivals.Remove(upload);
        return reply;
    }

    public Task<LaneReply> OfferAsync(LaneKey key, SiloAddress asking) => Task.FromResult(ranges.Offer(key, asking));

    // beside the grain's turns, as runs are
    public Task<LaneReply> ComputeRangeAsync(LaneKey key, RangeOrder order, Immutable<byte[]> operands) =>
        Task.Run(() => ranges.ComputeAsync(key, order, operands.Value));

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        foreach (SiloRun run in runs.Values)
            run.Cancel();
        foreach (KeyArrival arrival in arrivals.Values)
            arrival.Abandon();
        return base.OnDeactivateAsync(reason, cancellationToken);
    }
}
