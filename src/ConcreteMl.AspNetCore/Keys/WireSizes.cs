namespace ConcreteMl.AspNetCore;

/// <summary>Sizes of frames, as docs/wire-format.md has them.</summary>
internal static class WireSizes
{
    private const int Prefix = 28;
    private const int MostHeader = 1 << 16;
    private const int Checksum = 32;

    /// <summary>The most bytes of a frame whose payload has a known size.</summary>
    internal static long Frame(long payload) => Prefix + MostHeader + payload + Checksum;
}
