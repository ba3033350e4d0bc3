namespace ConcreteMl.Tfhe.Programs;

/// <summary>Another machine that has the program and the key, and computes ranges of large layers.</summary>
internal interface IRangeHelper
{
    /// <summary>Computes a range.</summary>
    /// <returns>The results as words of 8 bytes, little-endian; null where it does not compute, for now.</returns>
    Task<byte[]?> ComputeAsync(LookupRange range, CancellationToken cancellation);
}
