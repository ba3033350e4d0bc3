using Microsoft.Extensions.Options;

namespace ConcreteMl.AspNetCore;

/// <summary>
/// A bounded queue that gives clients their turns one after the other. Places are taken before a request's body is read, so that a
/// crowd of requests takes no memory.
/// </summary>
internal sealed class WorkQueue(IOptions<ConcreteMlOptions> options, Telemetry telemetry)
{
    private readonly Lock gate = new();
    private readonly SemaphoreSlim available = new(0);
    private readonly Dictionary<string, List<WorkItem>> waiting = [];
    private readonly Queue<string> turns = new();
    private readonly Dictionary<string, int> places = [];
    private int taken;

    // the mean of recent runs in seconds, for Retry-After; before any run, a second
    private double meanSeconds = 1;

    /// <summary>Requests that wait, with those whose body arrives.</summary>
    internal int Length
    {
        get
        {
            lock (gate)
                return taken;
        }
    }

    /// <summary>Takes a place for a request.</summary>
    /// <exception cref="RefusalException">The queue is full.</exception>
    internal Place Take(string owner)
    {
        lock (gate)
        {
            bool full = taken >= options.Value.QueueLength;
            int own = places.GetValueOrDefault(owner);
            if (full || own >= options.Value.QueueLengthPerClient)
            {
                telemetry.Rejected.Add(1);
                throw new RefusalException(
                    429,
                    "CML6405",
                    full ? $"{taken} requests wait already" : $"{own} requests of this client wait already",
                    "",
                    "Try again later",
                    TimeSpan.FromSeconds(meanSeconds * (full ? taken : own) / options.Value.Workers)
                );
            }

            taken++;
            places[owner] = own + 1;
            return new Place(this, owner);
        }
    }

    /// <summary>A place for a job that was accepted before the server stopped: it needs none.</summary>
    internal void Restore(WorkItem item)
    {
        lock (gate)
        {
            taken++;
            places[item.Key.Owner] = places.GetValueOrDefault(item.Key.Owner) + 1;
            Add(item);
        }
    }

    /// <summary>The next item; it has left the queue.</summary>
    internal async Task<WorkItem> NextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            await available.WaitAsync(cancellation).ConfigureAwait(false);
            lock (gate)
            {
                // an item that was withdrawn leaves its signal behind
                if (!turns.TryDequeue(out string? owner))
                    continue;
                List<WorkItem> own = waiting[owner];
                WorkItem item = own[0];
                own.RemoveAt(0);
                if (own.Count > 0)
                    turns.Enqueue(owner);
                else
                    waiting.Remove(owner);
                Give(owner);
                return item;
            }
        }
    }

    /// <summary>Cancels an item, which leaves the queue if it waits there.</summary>
    internal void Withdraw(WorkItem item)
    {
        lock (gate)
        {
            string owner = item.Key.Owner;
            if (waiting.TryGetValue(owner, out List<WorkItem>? own) && own.Remove(item))
            {
                Give(owner);
                if (own.Count == 0)
                {
                    waiting.Remove(owner);
                    string[] others = [.. turns.Where(turn => turn != owner)];
                    turns.Clear();
                    foreach (string other in others)
                        turns.Enqueue(other);
                }
            }
        }

        item.Cancel();
    }

    /// <summary>Learns how long a run took.</summary>
    internal void Took(double seconds)
    {
        lock (gate)
            meanSeconds += (seconds - meanSeconds) / 8;
    }

    private void Add(WorkItem item)
    {
        string owner = item.Key.Owner;
        if (!waiting.TryGetValue(owner, out List<WorkItem>? own))
        {
            waiting.Add(owner, own = []);
            turns.Enqueue(owner);
        }

        own.Add(item);
        available.Release();
    }

    private void Give(string owner)
    {
        taken--;
        if (--places[owner] == 0)
            places.Remove(owner);
    }

    /// <summary>A place in the queue; disposed unused, it is free again.</summary>
    internal sealed class Place(WorkQueue queue, string owner) : IDisposable
    {
        private bool used;

        /// <summary>Lets an item wait in this place.</summary>
        internal void Use(WorkItem item)
        {
            lock (queue.gate)
            {
                used = true;
                queue.Add(item);
            }
        }

        public void Dispose()
        {
            lock (queue.gate)
                if (!used)
                {
                    used = true;
                    queue.Give(owner);
                }
        }
    }
}
