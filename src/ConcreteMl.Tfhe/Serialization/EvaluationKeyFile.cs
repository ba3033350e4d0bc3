namespace ConcreteMl.Tfhe;

/// <summary>Stores compact evaluation keys; they are public, so any reader may have them.</summary>
public static class EvaluationKeyFile
{
    /// <summary>Creates or replaces the file.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(SeededEvaluationKey key, string path) =>
        StoredFile.WriteAsync(path, secret: false, stream => WriteAsync(key, stream), CancellationToken.None).GetAwaiter().GetResult();

    /// <summary>Reads a compact evaluation key.</summary>
    /// <exception cref="TfheFormatException">The file is damaged, of another version, foreign, or below its security curve.</exception>
    public static SeededEvaluationKey Load(string path, WireExpectation? expectation = null)
    {
        using FileStream stream = StoredFile.OpenRead(path);
        return ReadAsync(stream, expectation).GetAwaiter().GetResult();
    }

    /// <summary>Writes to a stream, which stays open.</summary>
    public static Task WriteAsync(SeededEvaluationKey key, Stream stream, CancellationToken cancellation = default) =>
        EvaluationKeyFormat.WriteAsync(key, stream, cancellation);

    /// <summary>Reads from a stream, to the end of the key; nothing of the key's size is allocated before its header fits the expectation.</summary>
    /// <exception cref="TfheFormatException">The data is damaged, of another version, foreign, too large, or below its security curve.</exception>
    public static Task<SeededEvaluationKey> ReadAsync(
        Stream stream,
        WireExpectation? expectation = null,
        CancellationToken cancellation = default
    ) => EvaluationKeyFormat.ReadAsync(stream, expectation ?? WireExpectation.Any, cancellation);
}
