namespace ConcreteMl.Data;

/// <summary>Where an array of inputs has its samples.</summary>
internal enum SampleLayout
{
    /// <summary>The model's batch axis, bound to 1 sample at a time.</summary>
    Batch,

    /// <summary>An axis before those of a model without batch axis.</summary>
    Before,

    /// <summary>Nowhere: the array is one input of a model without batch axis.</summary>
    Whole,
}
