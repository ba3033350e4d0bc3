namespace ConcreteMl;

/// <summary>Where the arrays that a client encrypted had their samples, which is where decrypted outputs get theirs.</summary>
public enum SampleAxis
{
    /// <summary>The model's batch axis.</summary>
    Batch,

    /// <summary>An axis before those of a model without batch axis.</summary>
    Before,

    /// <summary>Nowhere: the arrays were one sample of a model without batch axis.</summary>
    None,
}
