using ConcreteMl.AspNetCore;
using ConcreteMl.Tfhe.Programs;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Runtime;

namespace ConcreteMl.Orleans;

/// <summary>Large layers of one sample on several silos: finds those that help, and computes what others ask for.</summary>
internal sealed class SiloRanges(
    IGrainFactory grains,
    ILocalSiloDetails silo,
    IOptions<ConcreteMlOptions> options,
    IOptions<SiloSharingOptions> sharing,
    ModelRepository models,
    KeyStore keys,
    KeyMemory memory,
    SiloCores cores,
    Telemetry telemetry,
    ILogger<SiloRanges> logger
)
{
    private const int KeyPartBytes = 1 << 20;
    private readonly KnownSilos silos = KnownSilos.Of(grains, logger);
    private long helped;

    /// <summary>Lookups that were computed here for other silos.</summary>
    internal long Helped => Interlocked.Read(ref helped);

    /// <summary>The silos that may help with a sample; null where there are none.</summary>
    internal async Task<RangeHelpers?> HelpersAsync(LaneKey key)
    {
        int others = Math.Min(sharing.Value.Helpers, await silos.CountAsync() - 1);
        if (others <= 0)
            return null;
        StoredKey stored = keys.Require(key.Name);
        ClusterKey bytes = new(
            key.Id,
            _ => Task.FromResult<Stream>(File.Open(stored.Path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete)),
            key.Owner
        );
        KeyCourier courier = new(bytes, key, KeyPartBytes);
        // one of these lies on this silo, and says so
        SiloHelper[] all =
        [
            .. Enumerable.Range(0, others + 1).Select(rank => new SiloHelper(Lane(key, rank), key, silo.SiloAddress, courier, logger)),
        ];
        return new RangeHelpers(all, sharing.Value.LeastLookups);
    }

    /// <summary>Whether this silo helps another one now.</summary>
    internal LaneReply Offer(LaneKey key, SiloAddress asking)
    {
        if (asking.Equals(silo.SiloAddress) || !TryFind(key, out _))
            return new LaneReply(LaneState.Refused);
        if (cores.Samples >= options.Value.Workers)
            return new LaneReply(LaneState.Busy);
        return new LaneReply(keys.Find(key.Name) is null ? LaneState.NeedsKey : LaneState.Done);
    }

    /// <summary>Computes a range for another silo.</summary>
    internal async Task<LaneReply> ComputeAsync(LaneKey key, RangeOrder order, byte[] operands)
    {
        if (!TryFind(key, out ServedModel? model))
            return new LaneReply(LaneState.Refused);
        if (cores.Samples >= options.Value.Workers)
            return new LaneReply(LaneState.Busy);
        using IDisposable worker = await cores.EnterAsync(isSample: false, CancellationToken.None);
        using KeyMemory.Lease lease = await memory.AcquireAsync(key.Name, model, CancellationToken.None);
        LookupRange range = new(order.Instruction, order.First, order.Count, order.Lanes, operands);
        byte[] results = await model.Server.RunRangeAsync(lease.Key, range, options.Value.Threads, CancellationToken.None);
        telemetry.Helped.Add(order.Count);
        Interlocked.Add(ref helped, order.Count);
        return new LaneReply(LaneState.Done) { Outputs = results };
    }

    private bool TryFind(LaneKey key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ServedModel? model) =>
        models.TryFind(key.Model, out model) && model.Server.CircuitHash == key.Circuit;

    private ILane Lane(LaneKey key, int number) => grains.GetGrain<ILane>(key.Lane(number));
}
