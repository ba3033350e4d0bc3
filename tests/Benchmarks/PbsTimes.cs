namespace Benchmarks;

/// <summary>One measurement of a peer's set: times on one core, throughput on all, key generation on all.</summary>
/// <param name="PbsMs">Modulus switch, blind rotation and extraction of one ciphertext, median milliseconds.</param>
/// <param name="PbsFastMs">The 10th percentile of the same.</param>
/// <param name="PbsInCacheMs">The same external products with one key element that stays in the cache; not a number for the peer.</param>
/// <param name="KsMs">Key switch of one ciphertext, median milliseconds.</param>
/// <param name="KsFastMs">The 10th percentile of the same.</param>
/// <param name="KsBatchMs">Key switch a ciphertext in a batch of eight (the peer has no batches), milliseconds.</param>
/// <param name="PerSecond">Key switch and bootstrap together on all cores, lookups a second.</param>
/// <param name="TwoCoreRatio">Throughput of a batch of sixteen on two threads over one; not a number for the peer, which has no batches.</param>
/// <param name="KeyGenerationS">Both keys, ready to use, seconds.</param>
/// <param name="Wrong">Lookups that decrypted to another code.</param>
internal sealed record PbsTimes(
    double PbsMs,
    double PbsFastMs,
    double PbsInCacheMs,
    double KsMs,
    double KsFastMs,
    double KsBatchMs,
    double PerSecond,
    double TwoCoreRatio,
    double KeyGenerationS,
    int Wrong
)
{
    /// <summary>Key switch and bootstrap, milliseconds.</summary>
    internal double LookupMs => KsMs + PbsMs;

    /// <summary>The 10th percentiles of the same.</summary>
    internal double LookupFastMs => KsFastMs + PbsFastMs;
}
