namespace ConcreteMl.AspNetCore;

/// <summary>A job as it is stored.</summary>
internal sealed record Job
{
    /// <summary>Random name, 32 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>The client.</summary>
    public required string Owner { get; init; }

    /// <summary>Name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>Hash of its circuit.</summary>
    public required string Circuit { get; init; }

    /// <summary>Name of the evaluation key.</summary>
    public required string Key { get; init; }

    /// <summary>Samples of its inputs.</summary>
    public required int Samples { get; init; }

    /// <summary>When it was accepted.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>The trace that it belongs to, as W3C's traceparent; null without one.</summary>
    public string? Trace { get; init; }

    /// <summary>The client's own name of its request; null where it gave none. Two jobs of a client never have the same one.</summary>
    public string? Request { get; init; }

    /// <summary>SHA-256 of the inputs as they were sent, in hexadecimal digits; null without a request's name.</summary>
    public string? Inputs { get; init; }

    /// <summary>Where it stands.</summary>
    public JobState State { get; init; }

    /// <summary>How often a worker began it.</summary>
    public int Attempts { get; init; }

    /// <summary>When its last run began.</summary>
    public DateTimeOffset? Started { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? Finished { get; init; }

    /// <summary>Code of its failure.</summary>
    public string? Code { get; init; }

    /// <summary>What failed.</summary>
    public string? Error { get; init; }
}
