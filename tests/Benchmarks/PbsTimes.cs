namespace Benchmarks;

/// <summary>One measurement of a set: medians on one core, throughput on all, key generation on all.</summary>
/// <param name="PbsMs">Modulus switch, blind rotation and extraction of one ciphertext, milliseconds.</param>
/// <param name="PbsFastMs">The 10th percentile of the same, which other work on the machine disturbs least, milliseconds.</param>
/// <param name="KsMs">Key switch of one ciphertext, milliseconds.</param>
/// <param name="KsBatchMs">Key switch a ciphertext in a batch of eight (the peer has no batches), milliseconds.</param>
/// <param name="PerSecond">Key switch and bootstrap together on all cores, lookups a second.</param>
/// <param name="KeyGenerationS">Both keys, ready to use, seconds.</param>
/// <param name="Wrong">Lookups that decrypted to another code.</param>
internal sealed record PbsTimes(
    double PbsMs,
    double PbsFastMs,
    double KsMs,
    double KsBatchMs,
    double PerSecond,
    double KeyGenerationS,
    int Wrong
);
