namespace ConcreteMl.Orleans;

/// <summary>What a lane says of a run or of a key.</summary>
[GenerateSerializer, Immutable]
internal sealed record LaneReply([property: Id(0)] LaneState State)
{
    /// <summary>The encrypted outputs, as they are sent to clients; where the run is done.</summary>
    [Id(1)]
    internal byte[] Outputs { get; init; } = [];

    /// <summary>From 0 to 1.</summary>
    [Id(2)]
    internal double Progress { get; init; }

    /// <summary>The diagnostic's code, where it was refused.</summary>
    [Id(3)]
    internal string Code { get; init; } = "";

    /// <summary>The diagnostic's text, where it was refused.</summary>
    [Id(4)]
    internal string Message { get; init; } = "";

    /// <summary>The HTTP status of a refusal.</summary>
    [Id(5)]
    internal int Status { get; init; }
}
