namespace ConcreteMl.Tuning;

/// <summary>Keeps what was made last; what is asked for again later is made again.</summary>
internal sealed class Recent<TKey, TValue>(int most, Func<TKey, TValue> make)
    where TKey : notnull
{
    private readonly Dictionary<TKey, TValue> kept = [];
    private readonly Queue<TKey> order = new();

    internal TValue Get(TKey key)
    {
        if (kept.TryGetValue(key, out TValue? found))
        {
            return found;
        }

        TValue made = make(key);
        kept[key] = made;
        order.Enqueue(key);
        if (order.Count > most)
        {
            kept.Remove(order.Dequeue());
        }

        return made;
    }
}
