using ConcreteMl.Tfhe;
using ConcreteMl.Tfhe.Programs;
using ConcreteMl.Tfhe.Programs.Wire;
using Google.Protobuf;

namespace ConcreteMl;

/// <summary>The encrypted inputs of some samples: what a client sends to a server. Holds no secret.</summary>
public sealed class EncryptedInputs
{
    private const string What = "a set of encrypted inputs";
    private const int SeedBytes = AesCounterGenerator.SeedBytes;

    /// <summary>Samples under one key for one circuit.</summary>
    public EncryptedInputs(IReadOnlyList<EncryptedSample> samples, SampleAxis axis)
    {
        if (samples.Count == 0)
            throw new ArgumentException("at least one sample is expected", nameof(samples));
        if (samples.Any(one => one.KeyId != samples[0].KeyId || !one.CircuitHash.Span.SequenceEqual(samples[0].CircuitHash.Span)))
            throw new ArgumentException("the samples are for different keys or circuits", nameof(samples));
        Samples = samples;
        Axis = axis;
    }

    /// <summary>The samples.</summary>
    public IReadOnlyList<EncryptedSample> Samples { get; }

    /// <summary>Where the client's arrays had their samples.</summary>
    public SampleAxis Axis { get; }

    /// <summary>Public name of the secret key that encrypted.</summary>
    public KeyId KeyId => Samples[0].KeyId;

    /// <summary>Hash of the circuit that the inputs are for, 32 bytes.</summary>
    public ReadOnlyMemory<byte> CircuitHash => Samples[0].CircuitHash;

    /// <summary>Bytes of the payload as it is sent.</summary>
    public long ByteCount => SampleBytes(Samples[0].Inputs.Select(input => (long)input.Count)) * Samples.Count;

    /// <summary>Writes to a stream, which stays open.</summary>
    public async Task WriteToAsync(Stream stream, CancellationToken cancellation = default)
    {
        EncryptedInputsHeader header = new()
        {
            KeyId = WireWords.Bytes(KeyId),
            CircuitHash = ByteString.CopyFrom(CircuitHash.Span),
            Samples = (uint)Samples.Count,
            SampleAxis = (uint)Axis,
            Dimension = (uint)(Samples[0].Inputs.Count == 0 ? 0 : Samples[0].Inputs[0].Dimension),
            Counts = { Samples[0].Inputs.Select(input => (ulong)input.Count) },
        };
        using WireWriter writer = await WireWriter
            .OpenAsync(stream, WireKind.EncryptedInputs, header, ByteCount, cancellation)
            .ConfigureAwait(false);
        foreach (SeededLweCiphertexts input in Samples.SelectMany(sample => sample.Inputs))
        {
            await writer.WriteAsync(input.Seed.ToArray()).ConfigureAwait(false);
            await writer.WriteAsync(WireWords.Bytes(input.Bodies).Memory).ConfigureAwait(false);
        }
        await writer.FinishAsync().ConfigureAwait(false);
    }

    /// <summary>Reads from a stream, to the end of the inputs; nothing is allocated before the header fits the expectation.</summary>
    /// <exception cref="TfheFormatException">The data is damaged, truncated, foreign, too large, or of another major version.</exception>
    public static async Task<EncryptedInputs> ReadFromAsync(
        Stream stream,
        WireExpectation? expectation = null,
        CancellationToken cancellation = default
    )
    {
        expectation ??= WireExpectation.Any;
        using WireReader reader = await WireReader
            .OpenAsync(stream, WireKind.EncryptedInputs, expectation.MostBytes, cancellation)
            .ConfigureAwait(false);
        EncryptedInputsHeader header = reader.Parse(EncryptedInputsHeader.Parser);
        KeyId key = WireWords.Key(header.KeyId, What);
        byte[] hash = SampleHeader.Check(header.CircuitHash, header.Samples, header.SampleAxis, header.Counts, expectation, What);
        if (expectation.Dimension is { } dimension && header.Dimension != dimension)
            throw new TfheFormatException(
                TfheFormatProblem.Foreign,
                $"{What} has ciphertexts of dimension {header.Dimension}, expected {dimension}"
            );
        long[] counts = [.. header.Counts.Select(count => (long)count)];
        reader.ExpectPayload(checked(SampleBytes(counts) * header.Samples));
        EncryptedSample[] samples = new EncryptedSample[header.Samples];
        for (int sample = 0; sample < samples.Length; sample++)
        {
            List<SeededLweCiphertexts> inputs = [];
            foreach (long count in counts)
                inputs.Add(await InputAsync(reader, key, (int)header.Dimension, count).ConfigureAwait(false));
            samples[sample] = new EncryptedSample(key, hash, inputs);
        }
        await reader.FinishAsync().ConfigureAwait(false);
        return new EncryptedInputs(samples, (SampleAxis)header.SampleAxis);
    }

    private static long SampleBytes(IEnumerable<long> counts) => counts.Sum(count => checked(SeedBytes + count * sizeof(ulong)));

    private static async Task<SeededLweCiphertexts> InputAsync(WireReader reader, KeyId key, int dimension, long count)
    {
        byte[] seed = new byte[SeedBytes];
        await reader.ReadAsync(seed).ConfigureAwait(false);
        byte[] bodies = new byte[checked((int)(count * sizeof(ulong)))];
        await reader.ReadAsync(bodies).ConfigureAwait(false);
        return SeededLweCiphertexts.FromParts(key, dimension, seed, WireWords.Words(bodies, What));
    }
}
