namespace ConcreteMl.AspNetCore;

/// <summary>Where a job stands; the names are stored and sent.</summary>
internal enum JobState
{
    /// <summary>It waits for a worker.</summary>
    Queued,

    /// <summary>A worker runs it.</summary>
    Running,

    /// <summary>Its result is there.</summary>
    Done,

    /// <summary>It ended without a result.</summary>
    Failed,

    /// <summary>Its client took it back.</summary>
    Cancelled,
}
