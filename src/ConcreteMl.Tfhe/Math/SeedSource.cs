using System.Security.Cryptography;

namespace ConcreteMl.Tfhe;

/// <summary>Where secret keys and generator seeds come from. Only the operating system's source is public.</summary>
public abstract class SeedSource
{
    private protected SeedSource() { }

    /// <summary>The operating system's cryptographic random source.</summary>
    public static SeedSource OperatingSystem { get; } = new SystemSource();

    /// <summary>Fills <paramref name="destination"/> with fresh random bytes.</summary>
    internal abstract void Fill(Span<byte> destination);

    private sealed class SystemSource : SeedSource
    {
        internal override void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
    }

    /// <summary>Repeatable bytes, for tests only: reachable from this library's own tests and from nothing else.</summary>
    internal sealed class Repeatable(ulong seed) : SeedSource
    {
        private ulong _calls;

        internal override void Fill(Span<byte> destination)
        {
            Span<byte> key = stackalloc byte[AesCounterGenerator.SeedBytes];
            key.Clear();
            BitConverter.TryWriteBytes(key, seed);
            using AesCounterGenerator generator = new(key);
            generator.Fill(_calls++, 0, destination);
        }
    }
}
