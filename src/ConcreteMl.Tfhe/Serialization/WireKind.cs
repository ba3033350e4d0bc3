namespace ConcreteMl.Tfhe;

/// <summary>What a frame holds; stored in its prefix.</summary>
internal enum WireKind : ushort
{
    /// <summary>A client's secret key.</summary>
    SecretKey = 1,

    /// <summary>A seeded evaluation key.</summary>
    EvaluationKey = 2,

    /// <summary>Encrypted inputs of some samples, seeded.</summary>
    EncryptedInputs = 3,

    /// <summary>Encrypted outputs of some samples.</summary>
    EncryptedOutputs = 4,

    /// <summary>The client's half of a compiled model.</summary>
    ClientHalf = 5,

    /// <summary>The server's half of a compiled model.</summary>
    ServerHalf = 6,
}
