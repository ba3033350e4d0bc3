using Orleans.Concurrency;

namespace ConcreteMl.Orleans;

/// <summary>Brings an evaluation key to silos that do not have it, one at a time: lanes of one silo share what the first one brings.</summary>
internal sealed class KeyCourier(ClusterKey key, LaneKey name, int partBytes) : IDisposable
{
    private readonly SemaphoreSlim one = new(1);

    /// <summary>Asks again, and brings the key if the silo still lacks it; then asks again.</summary>
    internal async Task<LaneReply> BringAsync(ILane lane, Func<Task<LaneReply>> ask, CancellationToken cancellation)
    {
        await one.WaitAsync(cancellation);
        try
        {
            LaneReply reply = await ask();
            if (reply.State != LaneState.NeedsKey)
                return reply;
            reply = await SendAsync(lane, cancellation);
            return reply.State == LaneState.Done ? await ask() : reply;
        }
        finally
        {
            one.Release();
        }
    }

    public void Dispose() => one.Dispose();

    private async Task<LaneReply> SendAsync(ILane lane, CancellationToken cancellation)
    {
        Guid upload = Guid.NewGuid();
        await using Stream bytes = await key.OpenAsync(cancellation);
        while (true)
        {
            byte[] part = new byte[partBytes];
            int count = await bytes.ReadAtLeastAsync(part, partBytes, throwOnEndOfStream: false, cancellation);
            bool isLast = count < partBytes;
            LaneReply reply = await lane.ReceiveKeyAsync(name, upload, new Immutable<byte[]>(isLast ? part[..count] : part), isLast);
            if (isLast || reply.State != LaneState.Running)
                return reply;
        }
    }
}
