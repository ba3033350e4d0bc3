namespace ConcreteMl.Running;

/// <summary>What an encrypted run took, one entry per sample.</summary>
/// <param name="KeygenSeconds">Making (or reading) the keys.</param>
/// <param name="KeysCached">The keys came from a file or an earlier run.</param>
/// <param name="EvaluationKeyBytes">The evaluation key as it is stored or sent.</param>
/// <param name="EncryptSeconds">From real inputs to ciphertexts.</param>
/// <param name="RunSeconds">From ciphertexts to ciphertexts.</param>
/// <param name="DecryptSeconds">From ciphertexts to real outputs.</param>
internal sealed record EncryptedTimes(
    double KeygenSeconds,
    bool KeysCached,
    long EvaluationKeyBytes,
    IReadOnlyList<double> EncryptSeconds,
    IReadOnlyList<double> RunSeconds,
    IReadOnlyList<double> DecryptSeconds
);
