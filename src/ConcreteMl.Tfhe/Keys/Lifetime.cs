namespace ConcreteMl.Tfhe;

/// <summary>
/// Counts the calls that use a key's native memory: <see cref="Close"/> refuses new ones, and the memory is freed when the last
/// running one ends. A use also keeps the owner from being collected while raw pointers into it are at work.
/// </summary>
/// <param name="owner">Named in the ObjectDisposedException of late uses.</param>
/// <param name="free">Frees the memory; called once.</param>
internal sealed class Lifetime(object owner, Action free)
{
    // Uses, and one for the owner until it closes.
    private int _holders = 1;
    private int _closed;

    /// <summary>Begins a use, which ends when it is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The owner is closed.</exception>
    internal Use Begin()
    {
        int seen = Volatile.Read(ref _holders);
        while (true)
        {
            ObjectDisposedException.ThrowIf(seen == 0 || Volatile.Read(ref _closed) != 0, owner);
            int met = Interlocked.CompareExchange(ref _holders, seen + 1, seen);
            if (met == seen)
                return new Use(this);
            seen = met;
        }
    }

    /// <summary>Refuses new uses; the memory goes now, or with the last use. Closing twice is closing once.</summary>
    internal void Close()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
            Leave();
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
            free();
    }

    /// <summary>A running use; dispose it once.</summary>
    internal readonly struct Use(Lifetime lifetime) : IDisposable
    {
        /// <summary>Ends the use.</summary>
        public void Dispose() => lifetime.Leave();
    }
}
