namespace ConcreteMl.Running;

/// <summary>One sample in the three modes.</summary>
/// <param name="ClearEqualsSimulate">The simulated outputs are the clear ones, but for off-by-ones of approximate rounding.</param>
/// <param name="ClearEqualsExecute">The decrypted outputs are the clear ones, but for off-by-ones of approximate rounding.</param>
/// <param name="EncryptSeconds">From real inputs to ciphertexts.</param>
/// <param name="RunSeconds">From ciphertexts to ciphertexts.</param>
/// <param name="DecryptSeconds">From ciphertexts to codes.</param>
internal sealed record SampleComparison(
    bool ClearEqualsSimulate,
    bool ClearEqualsExecute,
    double EncryptSeconds,
    double RunSeconds,
    double DecryptSeconds
);
