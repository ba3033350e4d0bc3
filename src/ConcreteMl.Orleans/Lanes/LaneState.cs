namespace ConcreteMl.Orleans;

/// <summary>Where a run is.</summary>
internal enum LaneState
{
    /// <summary>The lane does not know the run: it is new there, or its silo went.</summary>
    Unknown,

    /// <summary>It waits or computes.</summary>
    Running,

    /// <summary>The outputs are there.</summary>
    Done,

    /// <summary>The silo does not have the evaluation key.</summary>
    NeedsKey,

    /// <summary>The silo has as many runs as it takes.</summary>
    Busy,

    /// <summary>It cannot be computed, here or anywhere.</summary>
    Refused,

    /// <summary>This silo failed; another may not.</summary>
    Failed,
}
