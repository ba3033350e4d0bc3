namespace ConcreteMl.Data;

/// <summary>Texts as their numbers in a list of texts.</summary>
internal static class TextNumbers
{
    /// <summary>The number of a text that is not in the list.</summary>
    internal const long Unknown = -1;

    /// <summary>For each text the place of its first occurrence in <paramref name="list"/>.</summary>
    internal static Tensor Of(Tensor texts, IReadOnlyList<string> list)
    {
        Dictionary<string, long> places = new(StringComparer.Ordinal);
        for (int place = 0; place < list.Count; place++)
        {
            places.TryAdd(list[place], place);
        }

        long[] numbers = Array.ConvertAll((string[])texts.Data, text => places.GetValueOrDefault(text, Unknown));
        return new Tensor(ElementType.Int64, texts.Dimensions, numbers);
    }
}
