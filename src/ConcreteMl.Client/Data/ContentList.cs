using System.Collections;
using System.Globalization;

namespace ConcreteMl.Data;

/// <summary>A list that compares and prints by content, for records that hold one. Never changes.</summary>
internal sealed class ContentList<T> : IReadOnlyList<T>, IEquatable<ContentList<T>>
{
    private readonly T[] items;

    private ContentList(T[] items) => this.items = items;

    public int Count => items.Length;

    public T this[int index] => items[index];

    /// <summary>A copy of the items; what is such a list already stays as it is.</summary>
    internal static ContentList<T> Of(IEnumerable<T> items) => items as ContentList<T> ?? new ContentList<T>([.. items]);

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => items.GetEnumerator();

    public bool Equals(ContentList<T>? other) => other is not null && items.AsSpan().SequenceEqual(other.items, null);

    public override bool Equals(object? obj) => Equals(obj as ContentList<T>);

    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (T item in items)
        {
            hash.Add(item);
        }

        return hash.ToHashCode();
    }

    /// <summary>"[1, ?, 3]", in the invariant culture; null prints as a question mark, as free dimensions do.</summary>
    public override string ToString() =>
        $"[{string.Join(", ", items.Select(item => item is null ? "?" : Convert.ToString(item, CultureInfo.InvariantCulture)))}]";
}
