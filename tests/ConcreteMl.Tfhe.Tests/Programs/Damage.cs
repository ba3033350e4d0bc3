using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests.Programs;

/// <summary>Damaged files must be refused by the typed exception, whatever is broken.</summary>
internal static class Damage
{
    internal static void AssertRefused(byte[] stored, Action<Stream> read, int step)
    {
        for (int length = 0; length < stored.Length; length += step)
            Assert.Throws<TfheFormatException>(() => read(new MemoryStream(stored, 0, length)), $"cut at {length}");
        for (int at = 0; at < stored.Length; at += step)
        {
            byte[] flipped = [.. stored];
            flipped[at] ^= 0x55;
            Assert.Throws<TfheFormatException>(() => read(new MemoryStream(flipped)), $"flipped at {at}");
        }
    }
}
