using System.Runtime.InteropServices;

namespace ConcreteMl.Tfhe;

/// <summary>Stores compact evaluation keys; they are public, so any reader may have them.</summary>
public static class EvaluationKeyFile
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>Creates or replaces the file.</summary>
    public static void Save(SeededEvaluationKey key, string path)
    {
        using FileStream stream = new(path, FileMode.Create, FileAccess.Write, FileShare.None, ChunkBytes);
        Write(key, stream);
    }

    /// <summary>Reads a compact evaluation key.</summary>
    /// <exception cref="TfheFormatException">The file is damaged, of another version, or below its security curve.</exception>
    public static SeededEvaluationKey Load(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, ChunkBytes);
        return Read(stream);
    }

    /// <summary>Writes to a stream, which stays open.</summary>
    public static void Write(SeededEvaluationKey key, Stream stream)
    {
        using Lifetime.Use use = key.Use();
        using ChecksummedWriter writer = new(stream, FileKind.EvaluationKey);
        writer.Write(key.Parameters);
        writer.Write(key.KeyId);
        writer.Write(key.Seed);
        foreach (SeededClassKey one in key.Classes)
        {
            ForEachChunk(one.KeySwitchBodies, chunk => writer.Write(chunk));
            ForEachChunk(one.BootstrapBodies, chunk => writer.Write(chunk));
        }
        writer.Finish();
    }

    /// <summary>Reads from a stream, to the end of the key.</summary>
    /// <exception cref="TfheFormatException">The data is damaged, of another version, or below its security curve.</exception>
    public static SeededEvaluationKey Read(Stream stream)
    {
        using ChecksummedReader reader = new(stream, FileKind.EvaluationKey);
        ParameterSet parameters = reader.ReadParameters();
        KeyId id = reader.ReadKeyId();
        Span<byte> seed = stackalloc byte[AesCounterGenerator.SeedBytes];
        reader.Read(seed);
        reader.ExpectPayload(SeededEvaluationKey.ByteCountOf(parameters));
        List<SeededClassKey> classes = [];
        try
        {
            foreach (LookupClassParameters lookup in parameters.Classes)
            {
                SeededClassKey one = new(parameters.BigKey, lookup);
                classes.Add(one);
                ForEachChunk(one.KeySwitchBodies, chunk => reader.Read(chunk));
                ForEachChunk(one.BootstrapBodies, chunk => reader.Read(chunk));
            }
            reader.Finish();
            return new SeededEvaluationKey(parameters, id, seed, [.. classes]);
        }
        catch
        {
            classes.ForEach(one => one.Dispose());
            throw;
        }
    }

    private static void ForEachChunk(NativeBuffer<ulong> words, Action<Span<byte>> visit)
    {
        const int chunk = ChunkBytes / sizeof(ulong);
        for (long start = 0; start < words.Length; start += chunk)
            visit(MemoryMarshal.AsBytes(words.Slice(start, (int)Math.Min(chunk, words.Length - start))));
    }
}
