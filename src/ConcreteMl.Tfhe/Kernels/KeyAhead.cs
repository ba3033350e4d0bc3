namespace ConcreteMl.Tfhe;

/// <summary>
/// Where to fetch key memory ahead: a constant distance after the place in use, running on from the end of the current
/// element into the next one.
/// </summary>
internal unsafe ref struct KeyAhead(double* element, double* next, long length, long distance)
{
    private long _position = distance;

    /// <summary>The address of the coming <paramref name="count"/> doubles, which are then taken as fetched.</summary>
    internal nint Take(long count)
    {
        double* address = _position < length ? element + _position : next + (_position - length);
        _position += count;
        return (nint)address;
    }
}
