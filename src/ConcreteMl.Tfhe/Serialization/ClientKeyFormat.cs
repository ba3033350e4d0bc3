using ConcreteMl.Tfhe.Programs;
using ConcreteMl.Tfhe.Programs.Wire;

namespace ConcreteMl.Tfhe;

/// <summary>The stored form of secret keys: bits of the big key, of each small one and of the one of outputs, eight to a byte, optionally under a passphrase.</summary>
internal static class ClientKeyFormat
{
    private const string What = "a secret key";

    internal static async Task WriteAsync(ClientKey key, Stream stream, string? passphrase, CancellationToken cancellation = default)
    {
        using Lifetime.Use use = key.Use();
        SecretKeyHeader header = new() { KeyId = WireWords.Bytes(key.Id), Parameters = ProgramWriter.Message(key.Parameters) };
        int length = key.Secrets.Sum(secret => PackedLength(secret.Dimension));
        byte[] packed = GC.AllocateArray<byte>(length + (passphrase is null ? 0 : PassphraseSeal.TagBytes), pinned: true);
        try
        {
            int start = 0;
            foreach (BinarySecret secret in key.Secrets)
            {
                int own = PackedLength(secret.Dimension);
                secret.Pack(packed.AsSpan(start, own));
                start += own;
            }
            header.Seal = passphrase is null ? null : PassphraseSeal.Fresh();
            if (header.Seal is { } seal)
                PassphraseSeal.Close(seal, passphrase!, Associated(header, packed.Length), packed);
            using WireWriter writer = await WireWriter
                .OpenAsync(stream, WireKind.SecretKey, header, packed.Length, cancellation)
                .ConfigureAwait(false);
            await writer.WriteAsync(packed).ConfigureAwait(false);
            await writer.FinishAsync().ConfigureAwait(false);
        }
        finally
        {
            Array.Clear(packed);
        }
    }

    /// <exception cref="TfheFormatException">The data is damaged, of other parameters, or the passphrase is missing or wrong.</exception>
    internal static async Task<ClientKey> ReadAsync(
        Stream stream,
        string? passphrase,
        WireExpectation? expectation = null,
        CancellationToken cancellation = default
    )
    {
        expectation ??= WireExpectation.Any;
        using WireReader reader = await WireReader
            .OpenAsync(stream, WireKind.SecretKey, expectation.MostBytes, cancellation)
            .ConfigureAwait(false);
        SecretKeyHeader header = reader.Parse(SecretKeyHeader.Parser);
        ParameterSet parameters = WireParameters.Read(header.Parameters, expectation);
        KeyId id = WireWords.Key(header.KeyId, What);
        int[] dimensions = parameters.SecretDimensions;
        int length = dimensions.Sum(PackedLength);
        if (header.Seal is { } seal)
            PassphraseSeal.Check(seal, passphrase);
        reader.ExpectPayload(length + (header.Seal is null ? 0 : PassphraseSeal.TagBytes));
        byte[] packed = GC.AllocateArray<byte>((int)reader.PayloadBytes, pinned: true);
        try
        {
            await reader.ReadAsync(packed).ConfigureAwait(false);
            await reader.FinishAsync().ConfigureAwait(false);
            if (header.Seal is not null)
                PassphraseSeal.Open(header.Seal, passphrase!, [.. reader.Prefix, .. reader.Header], packed);
            return Unpack(parameters, id, dimensions, packed);
        }
        finally
        {
            Array.Clear(packed);
        }
    }

    private static byte[] Associated(SecretKeyHeader header, int payload)
    {
        byte[] bytes = Google.Protobuf.MessageExtensions.ToByteArray(header);
        return [.. new WirePrefix(WireKind.SecretKey, bytes.Length, payload).ToBytes(), .. bytes];
    }

    private static ClientKey Unpack(ParameterSet parameters, KeyId id, int[] dimensions, ReadOnlySpan<byte> packed)
    {
        List<BinarySecret> secrets = [];
        int start = 0;
        foreach (int dimension in dimensions)
        {
            int own = PackedLength(dimension);
            secrets.Add(BinarySecret.Unpack(dimension, packed.Slice(start, own)));
            start += own;
        }
        for (int index = 0; index < secrets.Count; index++)
            if (parameters.KeyOf(index) is { } owner && !secrets[owner].BeginsWith(secrets[index]))
            {
                secrets.ForEach(secret => secret.Dispose());
                throw new TfheFormatException($"the small key of lookup class {index - 1} is not the start of that of class {owner - 1}");
            }
        return ClientKey.FromSecrets(parameters, id, secrets);
    }

    private static int PackedLength(int dimension) => (dimension + 7) / 8;
}
