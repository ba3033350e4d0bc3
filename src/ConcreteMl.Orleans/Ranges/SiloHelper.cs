using ConcreteMl.Tfhe.Programs;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace ConcreteMl.Orleans;

/// <summary>Another silo, for the time of one sample: asked for ranges when it is idle, and no more when it failed.</summary>
internal sealed class SiloHelper(ILane lane, LaneKey key, SiloAddress own, KeyCourier courier, ILogger logger) : IRangeHelper
{
    private readonly Lock gate = new();
    private Task? keyComes;
    private volatile bool isGone;

    public async Task<byte[]?> ComputeAsync(LookupRange range, CancellationToken cancellation)
    {
        if (isGone)
            return null;
        try
        {
            if (!await IsReadyAsync(cancellation))
                return null;
            RangeOrder order = new(range.Instruction, range.First, range.Count, range.Lanes);
            LaneReply reply = await lane.ComputeRangeAsync(key, order, new Immutable<byte[]>(range.Operands)).WaitAsync(cancellation);
            return reply.State == LaneState.Done ? reply.Outputs : null;
        }
        catch (Exception problem) when (!cancellation.IsCancellationRequested)
        {
            logger.LogWarning(problem, "a silo that helped has gone");
            isGone = true;
            return null;
        }
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancellation)
    {
        LaneReply reply = await Ask().WaitAsync(cancellation);
        if (reply.State == LaneState.NeedsKey)
            lock (gate)
                // meanwhile the layers are computed without it
                keyComes ??= courier.BringAsync(lane, Ask, CancellationToken.None);
        isGone = reply.State is not (LaneState.Done or LaneState.Busy or LaneState.NeedsKey) || keyComes is { IsFaulted: true };
        return reply.State == LaneState.Done;
    }

    private Task<LaneReply> Ask() => lane.OfferAsync(key, own);
}
