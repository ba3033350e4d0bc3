using ConcreteMl.AspNetCore;
using Microsoft.Extensions.Options;

namespace ConcreteMl.Orleans;

/// <summary>The workers of a silo: they run samples of its own, and between them ranges for other silos.</summary>
internal sealed class SiloCores(IOptions<ConcreteMlOptions> options) : IDisposable
{
    private readonly SemaphoreSlim workers = new(options.Value.Workers);
    private int samples;

    /// <summary>Samples that run or wait here.</summary>
    internal int Samples => Volatile.Read(ref samples);

    /// <summary>Waits for a worker, which is free again when the result is disposed.</summary>
    internal async Task<IDisposable> EnterAsync(bool isSample, CancellationToken cancellation)
    {
        if (isSample)
            Interlocked.Increment(ref samples);
        try
        {
            await workers.WaitAsync(cancellation);
        }
        catch
        {
            if (isSample)
                Interlocked.Decrement(ref samples);
            throw;
        }

        return new Worker(this, isSample);
    }

    public void Dispose() => workers.Dispose();

    private sealed class Worker(SiloCores cores, bool isSample) : IDisposable
    {
        public void Dispose()
        {
            if (isSample)
                Interlocked.Decrement(ref cores.samples);
            cores.workers.Release();
        }
    }
}
