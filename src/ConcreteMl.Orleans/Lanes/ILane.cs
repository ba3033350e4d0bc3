using Orleans.Concurrency;
using Orleans.Runtime;

namespace ConcreteMl.Orleans;

/// <summary>
/// A place of a cluster where one sample after the other is computed under one evaluation key. Its name is KEY/NUMBER; lanes of one
/// key lie on different silos as long as there are enough. No call waits for a whole computation, so that a silo that has gone is
/// noticed by its silence.
/// </summary>
internal interface ILane : IGrainWithStringKey
{
    /// <summary>Begins to compute a sample. The same run may be begun again: what it has is kept.</summary>
    Task<LaneReply> BeginAsync(Guid run, LaneKey key, Immutable<byte[]> inputs);

    /// <summary>Waits for the end of a run, a few seconds at most: a silo that is silent for twice as long has gone.</summary>
    [ResponseTimeout("00:00:12")]
    Task<LaneReply> WaitAsync(Guid run);

    /// <summary>Ends a run that nobody wants any more.</summary>
    Task CancelAsync(Guid run);

    /// <summary>Receives a part of the evaluation key; parts come in order, each when the one before was taken.</summary>
    Task<LaneReply> ReceiveKeyAsync(LaneKey key, Guid upload, Immutable<byte[]> part, bool isLast);

    /// <summary>Whether this silo helps another one with large layers of a sample: done, busy, in need of the key, or refused.</summary>
    Task<LaneReply> OfferAsync(LaneKey key, SiloAddress asking);

    /// <summary>Computes a range of a large layer, a second or a few of work. Whoever asks computes it himself if it does not come.</summary>
    [ResponseTimeout("00:01:00")]
    Task<LaneReply> ComputeRangeAsync(LaneKey key, RangeOrder order, Immutable<byte[]> operands);
}
