namespace ConcreteMl.Running;

/// <summary>What refused data was to be; the code of its refusal follows from it.</summary>
internal enum WireSubject
{
    /// <summary>A secret or an evaluation key.</summary>
    Key,

    /// <summary>Encrypted inputs or outputs.</summary>
    Ciphertexts,

    /// <summary>The client's or the server's half of a model.</summary>
    Half,
}
