using ConcreteMl.Tfhe;
using ConcreteMl.Tfhe.Programs;
using ConcreteMl.Tfhe.Programs.Wire;
using Google.Protobuf;

namespace ConcreteMl;

/// <summary>The encrypted inputs of some samples: what a client sends to a server. Holds no secret.</summary>
public sealed class EncryptedInputs
{
    private const int SeedBytes = AesCounterGenerator.SeedBytes;
    private static readonly Frame Frames = new();

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
    public Task WriteToAsync(Stream stream, CancellationToken cancellation = default)
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
        IEnumerable<ReadOnlyMemory<byte>> parts = Samples
            .SelectMany(sample => sample.Inputs)
            .SelectMany(input => new[] { input.Seed.ToArray(), WireWords.Bytes(input.Bodies).Memory });
        return Frames.WriteAsync(stream, header, ByteCount, parts, cancellation);
    }

    /// <summary>Reads from a stream, to the end of the inputs; nothing is allocated before the header fits the expectation.</summary>
    /// <exception cref="TfheFormatException">The data is damaged, truncated, foreign, too large, or of another major version.</exception>
    public static async Task<EncryptedInputs> ReadFromAsync(
        Stream stream,
        WireExpectation? expectation = null,
        CancellationToken cancellation = default
    )
    {
        (IReadOnlyList<EncryptedSample> samples, SampleAxis axis) = await Frames
            .ReadAsync(stream, expectation, cancellation)
            .ConfigureAwait(false);
        return new EncryptedInputs(samples, axis);
    }

    private static long SampleBytes(IEnumerable<long> counts) => counts.Sum(count => checked(SeedBytes + count * sizeof(ulong)));

    private sealed class Frame()
        : SampleFrame<EncryptedInputsHeader, EncryptedSample>(WireKind.EncryptedInputs, "a set of encrypted inputs")
    {
        protected override MessageParser<EncryptedInputsHeader> Parser => EncryptedInputsHeader.Parser;

        protected override SampleHeader Common(EncryptedInputsHeader header) =>
            new(header.KeyId, header.CircuitHash, header.Samples, header.SampleAxis, header.Counts);

        protected override long SampleBytes(EncryptedInputsHeader header, WireExpectation expectation) =>
            expectation.Dimension is { } dimension && header.Dimension != dimension
                ? throw new TfheFormatException(
                    TfheFormatProblem.Foreign,
                    $"{What} has ciphertexts of dimension {header.Dimension}, expected {dimension}"
                )
                : EncryptedInputs.SampleBytes(header.Counts.Select(count => (long)count));

        protected override async Task<EncryptedSample> ReadOneAsync(
            WireReader reader,
            EncryptedInputsHeader header,
            KeyId key,
            byte[] circuit
        )
        {
            List<SeededLweCiphertexts> inputs = [];
            foreach (ulong count in header.Counts)
            {
                byte[] seed = new byte[SeedBytes];
                await reader.ReadAsync(seed).ConfigureAwait(false);
                byte[] bodies = new byte[checked((int)(count * sizeof(ulong)))];
                await reader.ReadAsync(bodies).ConfigureAwait(false);
                inputs.Add(SeededLweCiphertexts.FromParts(key, (int)header.Dimension, seed, WireWords.Words(bodies, What)));
            }
            return new EncryptedSample(key, circuit, inputs);
        }
    }
}
