using System.Runtime.InteropServices;

namespace ConcreteMl.Tfhe;

/// <summary>The stored and sent form of compact fresh ciphertexts.</summary>
public static class CiphertextFile
{
    private const int MostCiphertexts = 1 << 28;

    /// <summary>Writes to a stream, which stays open.</summary>
    public static void Write(SeededLweCiphertexts ciphertexts, Stream stream)
    {
        using ChecksummedWriter writer = new(stream, FileKind.Ciphertexts);
        writer.Write(ciphertexts.KeyId);
        writer.Write(ciphertexts.Dimension);
        writer.Write(ciphertexts.Seed);
        writer.Write(ciphertexts.Count);
        writer.Write(MemoryMarshal.AsBytes(ciphertexts.Bodies));
        writer.Finish();
    }

    /// <summary>Reads from a stream, to the end of the ciphertexts.</summary>
    /// <exception cref="TfheFormatException">The data is damaged or of another version.</exception>
    public static SeededLweCiphertexts Read(Stream stream)
    {
        using ChecksummedReader reader = new(stream, FileKind.Ciphertexts);
        KeyId id = reader.ReadKeyId();
        int dimension = reader.ReadInt32();
        Span<byte> seed = stackalloc byte[AesCounterGenerator.SeedBytes];
        reader.Read(seed);
        int count = reader.ReadInt32();
        if (count is < 0 or > MostCiphertexts)
            throw new TfheFormatException($"{count} ciphertexts: expected 0 to {MostCiphertexts}");
        reader.ExpectPayload((long)count * sizeof(ulong));
        ulong[] bodies = new ulong[count];
        reader.Read(MemoryMarshal.AsBytes(bodies.AsSpan()));
        reader.Finish();
        return SeededLweCiphertexts.FromParts(id, dimension, seed, bodies);
    }
}
