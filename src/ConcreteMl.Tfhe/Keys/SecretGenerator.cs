using System.Security.Cryptography;

namespace ConcreteMl.Tfhe;

/// <summary>Generators for key bits and noise: each has its own fresh secret seed, unrelated to any public mask seed.</summary>
internal static class SecretGenerator
{
    /// <summary>Seeds a generator from <paramref name="source"/> and forgets the seed.</summary>
    internal static AesCounterGenerator Create(SeedSource source)
    {
        Span<byte> seed = stackalloc byte[AesCounterGenerator.SeedBytes];
        source.Fill(seed);
        AesCounterGenerator generator = new(seed);
        CryptographicOperations.ZeroMemory(seed);
        return generator;
    }
}
