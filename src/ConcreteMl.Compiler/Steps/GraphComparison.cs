using ConcreteMl.Data;

namespace ConcreteMl;

/// <summary>Two graphs compared by what they compute; numbers and order of values are no difference.</summary>
/// <param name="Alike">How many nodes of the first graph stand in the second as they are.</param>
/// <param name="Differences">In the order of the first graph, then of the second.</param>
public sealed record GraphComparison(int Alike, IReadOnlyList<GraphDifference> Differences)
{
    /// <summary>In the order of the first graph, then of the second.</summary>
    public IReadOnlyList<GraphDifference> Differences
    {
        get;
        init => field = ContentList<GraphDifference>.Of(value);
    } = ContentList<GraphDifference>.Of(Differences);
}
