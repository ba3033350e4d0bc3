namespace ConcreteMl.Tfhe.Programs;

/// <summary>Constants that broadcast to the elements of a value.</summary>
internal sealed class ElementConstants
{
    private readonly long[] _entries;
    private readonly int[] _entryOf;

    internal ElementConstants(long[] entries, int[] shape, int[] elements)
    {
        _entries = entries;
        _entryOf = entries.Length == 1 ? [] : StridedIndices.All(elements, 0, Shapes.BroadcastStrides(shape, elements));
    }

    /// <summary>Whether one entry serves every element.</summary>
    internal bool IsUniform => _entryOf.Length == 0;

    /// <summary>The entry of an element.</summary>
    internal long this[int element] => _entries[IsUniform ? 0 : _entryOf[element]];
}
