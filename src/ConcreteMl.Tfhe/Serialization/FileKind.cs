namespace ConcreteMl.Tfhe;

/// <summary>What a file of this library holds; stored in its header.</summary>
internal enum FileKind : byte
{
    /// <summary>A client's secret key.</summary>
    ClientKey = 1,

    /// <summary>A compact evaluation key.</summary>
    EvaluationKey = 2,

    /// <summary>Compact fresh ciphertexts.</summary>
    Ciphertexts = 3,
}
