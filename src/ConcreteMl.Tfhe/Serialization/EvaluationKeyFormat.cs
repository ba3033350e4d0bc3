using ConcreteMl.Tfhe.Programs;
using ConcreteMl.Tfhe.Programs.Wire;
using Google.Protobuf;

namespace ConcreteMl.Tfhe;

/// <summary>
/// The stored form of evaluation keys: a seed in the header, and class by class the bodies of the key-switching key, of the bootstrapping
/// key and, in a wide class, of its further key; then those of the packing key, where outputs are compressed. All as <see cref="PackedBodies"/> holds them.
/// </summary>
internal static class EvaluationKeyFormat
{
    private const string What = "an evaluation key";

    /// <summary>Bytes of the payload; nothing is allocated.</summary>
    internal static long PayloadBytes(ParameterSet parameters) => SeededEvaluationKey.ByteCountOf(parameters);

    internal static async Task WriteAsync(SeededEvaluationKey key, Stream stream, CancellationToken cancellation)
    {
        using Lifetime.Use use = key.Use();
        EvaluationKeyHeader header = new()
        {
            KeyId = WireWords.Bytes(key.KeyId),
            Parameters = ProgramWriter.Message(key.Parameters),
            Seed = ByteString.CopyFrom(key.Seed),
        };
        using WireWriter writer = await WireWriter
            .OpenAsync(stream, WireKind.EvaluationKey, header, PayloadBytes(key.Parameters), cancellation)
            .ConfigureAwait(false);
        foreach (SeededClassKey one in key.Classes)
        {
            await writer.WriteAsync(one.KeySwitchBodies).ConfigureAwait(false);
            await writer.WriteAsync(one.BootstrapBodies).ConfigureAwait(false);
            if (one.WideBodies is { } wide)
                await writer.WriteAsync(wide).ConfigureAwait(false);
        }
        if (key.Packing is { } packing)
            await writer.WriteAsync(packing.Bodies).ConfigureAwait(false);
        await writer.FinishAsync().ConfigureAwait(false);
    }

    /// <exception cref="TfheFormatException">The data is damaged, of another version, foreign, too large, or below its security curve.</exception>
    internal static async Task<SeededEvaluationKey> ReadAsync(Stream stream, WireExpectation expectation, CancellationToken cancellation)
    {
        using WireReader reader = await WireReader
            .OpenAsync(stream, WireKind.EvaluationKey, expectation.MostBytes, cancellation)
            .ConfigureAwait(false);
        (ParameterSet parameters, KeyId id, byte[] seed) = Header(reader, expectation);
        List<SeededClassKey> classes = [];
        SeededPackingKey? packing = null;
        try
        {
            for (int index = 0; index < parameters.Classes.Length; index++)
            {
                SeededClassKey one = new(parameters, index, classes);
                classes.Add(one);
                await reader.ReadAsync(one.KeySwitchBodies).ConfigureAwait(false);
                await reader.ReadAsync(one.BootstrapBodies).ConfigureAwait(false);
                if (one.WideBodies is { } wide)
                    await reader.ReadAsync(wide).ConfigureAwait(false);
            }
            if (parameters.Compression is { } compression)
            {
                packing = new SeededPackingKey(parameters.BigKey, compression);
                await reader.ReadAsync(packing.Bodies).ConfigureAwait(false);
            }
            await reader.FinishAsync().ConfigureAwait(false);
            return new SeededEvaluationKey(parameters, id, seed, [.. classes], packing);
        }
        catch
        {
            packing?.Dispose();
            classes.ForEach(one => one.Dispose());
            throw;
        }
    }

    /// <summary>Checks a key on its way from one stream to another, in bounded memory; the copy is sound only when this returns.</summary>
    /// <exception cref="TfheFormatException">As for <see cref="ReadAsync"/>.</exception>
    internal static async Task<KeyId> CopyAsync(Stream from, Stream to, WireExpectation expectation, CancellationToken cancellation)
    {
        using WireReader reader = await WireReader
            .OpenAsync(from, WireKind.EvaluationKey, expectation.MostBytes, cancellation)
            .ConfigureAwait(false);
        (_, KeyId id, _) = Header(reader, expectation);
        await to.WriteAsync(reader.Prefix, cancellation).ConfigureAwait(false);
        await to.WriteAsync(reader.Header, cancellation).ConfigureAwait(false);
        byte[] chunk = new byte[WireReader.ChunkBytes];
        for (long left = reader.PayloadBytes; left > 0; left -= chunk.Length)
        {
            Memory<byte> part = chunk.AsMemory(0, (int)Math.Min(left, chunk.Length));
            await reader.ReadAsync(part).ConfigureAwait(false);
            await to.WriteAsync(part, cancellation).ConfigureAwait(false);
        }
        await to.WriteAsync(await reader.FinishAsync().ConfigureAwait(false), cancellation).ConfigureAwait(false);
        return id;
    }

    private static (ParameterSet Parameters, KeyId Id, byte[] Seed) Header(WireReader reader, WireExpectation expectation)
    {
        EvaluationKeyHeader header = reader.Parse(EvaluationKeyHeader.Parser);
        ParameterSet parameters = WireParameters.Read(header.Parameters, expectation);
        if (header.Seed.Length != AesCounterGenerator.SeedBytes)
            throw new TfheFormatException($"{What} has a seed of {header.Seed.Length} bytes, expected {AesCounterGenerator.SeedBytes}");
        reader.ExpectPayload(PayloadBytes(parameters));
        return (parameters, WireWords.Key(header.KeyId, What), header.Seed.ToByteArray());
    }
}
