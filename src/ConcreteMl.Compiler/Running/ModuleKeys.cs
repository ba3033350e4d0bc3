using System.Diagnostics;
using ConcreteMl.Tfhe;
using ExpandedKey = ConcreteMl.Tfhe.EvaluationKey;

namespace ConcreteMl.Running;

/// <summary>
/// The keys of one circuit: the client's secret one, and the evaluation key in the form that runs. Dispose wipes them at once,
/// or when the last run that has entered ends.
/// </summary>
internal sealed class ModuleKeys : IDisposable
{
    private readonly Lock gate = new();
    private int runs;
    private bool closed;

    private ModuleKeys(ClientKey client, ExpandedKey evaluation, long storedBytes, double seconds, bool cached)
    {
        Client = client;
        Evaluation = evaluation;
        StoredBytes = storedBytes;
        Seconds = seconds;
        Cached = cached;
    }

    internal ClientKey Client { get; }

    internal ExpandedKey Evaluation { get; }

    /// <summary>The evaluation key as it is stored or sent.</summary>
    internal long StoredBytes { get; }

    /// <summary>What making or reading the keys took.</summary>
    internal double Seconds { get; }

    /// <summary>The keys were read, not made.</summary>
    internal bool Cached { get; }

    /// <summary>Makes fresh keys from the operating system's generator, or reads and fills the cache that <paramref name="file"/> names.</summary>
    internal static ModuleKeys Open(ParameterSet parameters, string? file, IProgress<RunProgress>? progress, CancellationToken cancellation)
    {
        Stopwatch watch = Stopwatch.StartNew();
        KeyProgress meter = new(progress);
        KeyCache? cache = file is null ? null : new KeyCache(file);
        cache?.RequirePath();
        bool cached = cache is { Exists: true };
        ClientKey client =
            cache is null ? ClientKey.Generate(parameters, SeedSource.OperatingSystem)
            : cached ? cache.ReadClient(parameters)
            : cache.CreateClient(parameters);
        try
        {
            ExpandedKey evaluation = cache is null
                ? KeyGenerator.CreateEvaluationKey(client, meter.Part(0.0, 1.0), cancellation)
                : Kept(client, cache, meter, cancellation);
            long bytes = SeededEvaluationKey.ByteCountOf(parameters);
            return new ModuleKeys(client, evaluation, bytes, watch.Elapsed.TotalSeconds, cached);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>Keeps the keys until the run is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The keys are disposed.</exception>
    internal Run Enter()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            runs++;
        }

        return new Run(this);
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (closed)
            {
                return;
            }

            closed = true;
            if (runs > 0)
            {
                return;
            }
        }

        Wipe();
    }

    private void Leave()
    {
        lock (gate)
        {
            runs--;
            if (runs > 0 || !closed)
            {
                return;
            }
        }

        Wipe();
    }

    private void Wipe()
    {
        Evaluation.Dispose();
        Client.Dispose();
    }

    /// <summary>The evaluation key that the cache holds, or a new one that it will hold.</summary>
    private static ExpandedKey Kept(ClientKey client, KeyCache cache, KeyProgress meter, CancellationToken cancellation)
    {
        using SeededEvaluationKey seeded = cache.TryReadEvaluation(client) ?? Made(client, cache, meter, cancellation);
        return ExpandedKey.Expand(seeded, meter.Part(0.6, 1.0), cancellation);
    }

    private static SeededEvaluationKey Made(ClientKey client, KeyCache cache, KeyProgress meter, CancellationToken cancellation)
    {
        SeededEvaluationKey made = KeyGenerator.CreateSeeded(client, meter.Part(0.0, 0.6), cancellation);
        try
        {
            cache.WriteEvaluation(made);
            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    /// <summary>A run on the keys; dispose it once.</summary>
    internal readonly struct Run(ModuleKeys keys) : IDisposable
    {
        internal ModuleKeys Keys => keys;

        public void Dispose() => keys.Leave();
    }

    private sealed class KeyProgress(IProgress<RunProgress>? progress)
    {
        internal IProgress<double>? Part(double start, double end) => progress is null ? null : new Portion(progress, start, end);

        private sealed class Portion(IProgress<RunProgress> whole, double start, double end) : IProgress<double>
        {
            public void Report(double value) => whole.Report(new RunProgress("making keys", start + (value * (end - start))));
        }
    }
}
