using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ConcreteMl.AspNetCore;

/// <summary>
/// Expanded evaluation keys in bounded memory. A key that is in use stays; of the others, the least recently used ones go when room
/// is needed, and are read from disk again on demand.
/// </summary>
internal sealed class KeyMemory(IOptions<ConcreteMlOptions> options, KeyStore store, Telemetry telemetry, ILogger<KeyMemory> logger)
    : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<KeyName, Entry> entries = [];
    private readonly LinkedList<Entry> recent = [];
    private long used;

    /// <summary>Bytes that keys take, with those on their way.</summary>
    internal long Bytes
    {
        get
        {
            lock (gate)
                return used;
        }
    }

    /// <summary>The key in the form that computes; it stays until the lease is disposed.</summary>
    /// <exception cref="RefusalException">The key is gone from the store.</exception>
    internal async Task<Lease> AcquireAsync(KeyName name, ServedModel model, CancellationToken cancellation)
    {
        Entry? entry;
        while ((entry = Enter(name, model, out Task busy)) is null)
            await busy.WaitAsync(cancellation).ConfigureAwait(false);
        Lease lease = new(this, entry);
        try
        {
            EvaluationKey key = await entry.Loading.Value.WaitAsync(cancellation).ConfigureAwait(false);
            Settle(entry, key.MemoryBytes);
            return lease.With(key);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    /// <summary>Frees a key at once, or when its last run ends.</summary>
    internal void Forget(KeyName name)
    {
        lock (gate)
            if (entries.Remove(name, out Entry? entry))
            {
                entry.Forgotten = true;
                if (entry.Leases == 0)
                    Free(entry);
            }
    }

    public void Dispose()
    {
        lock (gate)
            foreach (KeyName name in entries.Keys.ToArray())
                Forget(name);
    }

    /// <summary>An entry with one more lease; null where keys that are on their way take the room, until <paramref name="busy"/> ends.</summary>
    private Entry? Enter(KeyName name, ServedModel model, out Task busy)
    {
        busy = Task.CompletedTask;
        lock (gate)
        {
            if (!entries.TryGetValue(name, out Entry? entry))
            {
                if (MakeRoom(model.Server.KeyMemoryBytes) is { } wait)
                {
                    busy = wait;
                    return null;
                }

                entry = new Entry(name, model.Server.KeyMemoryBytes, () => LoadAsync(name, model));
                used += entry.Bytes;
                entries.Add(name, entry);
                recent.AddFirst(entry.Place);
            }

            entry.Leases++;
            recent.Remove(entry.Place);
            recent.AddFirst(entry.Place);
            return entry;
        }
    }

    /// <summary>
    /// Frees idle keys, the least recently used first. The options' rules leave room for one key of every worker, so what is missing
    /// then is taken by keys that nobody waits for any more: the task is the end of one of them.
    /// </summary>
    private Task? MakeRoom(long needed)
    {
        for (LinkedListNode<Entry>? node = recent.Last; node is not null && used + needed > options.Value.KeyMemoryBytes; )
        {
            LinkedListNode<Entry>? before = node.Previous;
            if (node.Value is { Leases: 0, IsLoaded: true } idle)
            {
                entries.Remove(idle.Name);
                Free(idle);
                telemetry.KeysEvicted.Add(1);
            }

            node = before;
        }

        bool enough = used + needed <= options.Value.KeyMemoryBytes;
        return enough
            ? null
            : recent.FirstOrDefault(entry => entry.Leases == 0)?.Loading.Value.ContinueWith(_ => { }, TaskScheduler.Default);
    }

    private async Task<EvaluationKey> LoadAsync(KeyName name, ServedModel model)
    {
        StoredKey stored = store.Require(name);
        using Activity? activity = telemetry.Source.StartActivity("concreteml.key.load");
        activity?.SetTag("concreteml.model", model.Name);
        long start = Stopwatch.GetTimestamp();
        EvaluationKey key;
        await using (FileStream file = new(stored.Path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 18))
            key = await model.Server.ReadEvaluationKeyAsync(file).ConfigureAwait(false);
        await key.PrepareAsync(releaseStored: true).ConfigureAwait(false);
        telemetry.KeysLoaded.Add(1);
        logger.KeyLoaded(name.Id, model.Name, Stopwatch.GetElapsedTime(start).TotalSeconds, key.MemoryBytes);
        return key;
    }

    // Once a key is there, its compact form is gone.
    private void Settle(Entry entry, long bytes)
    {
        lock (gate)
        {
            used += bytes - entry.Bytes;
            entry.Bytes = bytes;
        }
    }

    private void Leave(Entry entry)
    {
        lock (gate)
        {
            entry.Leases--;
            if (entry.Loading.Value.IsFaulted)
            {
                entry.Forgotten = true;
                if (entries.TryGetValue(entry.Name, out Entry? current) && current == entry)
                    entries.Remove(entry.Name);
            }

            if (entry.Leases == 0 && entry.Forgotten)
                Free(entry);
        }
    }

    // A key that is still on its way is freed when it is there.
    private void Free(Entry entry)
    {
        recent.Remove(entry.Place);
        used -= entry.Bytes;
        entry.Loading.Value.ContinueWith(
            loaded => loaded.Result.Dispose(),
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnRanToCompletion,
            TaskScheduler.Default
        );
    }

    /// <summary>A use of a key.</summary>
    internal sealed class Lease : IDisposable
    {
        private readonly KeyMemory memory;
        private Entry? entry;

        internal Lease(KeyMemory memory, Entry entry)
        {
            this.memory = memory;
            this.entry = entry;
            Key = null!;
        }

        internal EvaluationKey Key { get; private set; }

        internal Lease With(EvaluationKey key)
        {
            Key = key;
            return this;
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref entry, null) is { } held)
                memory.Leave(held);
        }
    }

    /// <summary>A key that is in memory or on its way there.</summary>
    internal sealed class Entry
    {
        internal Entry(KeyName name, long bytes, Func<Task<EvaluationKey>> load)
        {
            Name = name;
            Bytes = bytes;
            Loading = new Lazy<Task<EvaluationKey>>(() => Task.Run(load));
            Place = new LinkedListNode<Entry>(this);
        }

        internal KeyName Name { get; }

        internal long Bytes { get; set; }

        internal Lazy<Task<EvaluationKey>> Loading { get; }

        internal bool IsLoaded => Loading.Value.IsCompleted;

        internal LinkedListNode<Entry> Place { get; }

        internal int Leases { get; set; }

        internal bool Forgotten { get; set; }
    }
}
