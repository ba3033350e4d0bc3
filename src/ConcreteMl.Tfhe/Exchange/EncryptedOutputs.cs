using ConcreteMl.Tfhe;
using ConcreteMl.Tfhe.Programs;
using ConcreteMl.Tfhe.Programs.Wire;
using Google.Protobuf;

namespace ConcreteMl;

/// <summary>The encrypted outputs of some samples: what a server sends back. Only the client's secret key opens them.</summary>
public sealed class EncryptedOutputs
{
    private static readonly Frame Frames = new();

    /// <summary>Results of samples under one key from one circuit.</summary>
    public EncryptedOutputs(IReadOnlyList<EncryptedResult> samples, SampleAxis axis)
    {
        if (samples.Count == 0)
            throw new ArgumentException("at least one sample is expected", nameof(samples));
        Samples = samples;
        Axis = axis;
    }

    /// <summary>The samples.</summary>
    public IReadOnlyList<EncryptedResult> Samples { get; }

    /// <summary>Where the client's arrays had their samples.</summary>
    public SampleAxis Axis { get; }

    /// <summary>Public name of the secret key that decrypts.</summary>
    public KeyId KeyId => Samples[0].KeyId;

    /// <summary>Hash of the circuit that computed the outputs, 32 bytes.</summary>
    public ReadOnlyMemory<byte> CircuitHash => Samples[0].CircuitHash;

    /// <summary>Bytes of the payload as it is sent.</summary>
    public long ByteCount => Samples.Sum(sample => sample.Outputs.Sum(output => (long)output.Bytes.Length));

    /// <summary>Writes to a stream, which stays open.</summary>
    public Task WriteToAsync(Stream stream, CancellationToken cancellation = default)
    {
        EncryptedOutputsHeader header = new()
        {
            KeyId = WireWords.Bytes(KeyId),
            CircuitHash = ByteString.CopyFrom(CircuitHash.Span),
            Samples = (uint)Samples.Count,
            SampleAxis = (uint)Axis,
            Ports = { Samples[0].Outputs.Select(Port) },
        };
        IEnumerable<ReadOnlyMemory<byte>> parts = Samples.SelectMany(sample => sample.Outputs).Select(output => output.Bytes);
        return Frames.WriteAsync(stream, header, ByteCount, parts, cancellation);
    }

    /// <summary>Reads from a stream, to the end of the outputs; nothing is allocated before the header fits the expectation.</summary>
    /// <exception cref="TfheFormatException">The data is damaged, truncated, foreign, too large, or of another major version.</exception>
    public static async Task<EncryptedOutputs> ReadFromAsync(
        Stream stream,
        WireExpectation? expectation = null,
        CancellationToken cancellation = default
    )
    {
        (IReadOnlyList<EncryptedResult> samples, SampleAxis axis) = await Frames
            .ReadAsync(stream, expectation, cancellation)
            .ConfigureAwait(false);
        return new EncryptedOutputs(samples, axis);
    }

    private static OutputPortHeader Port(PackedCiphertexts output) =>
        new()
        {
            Count = (ulong)output.Count,
            Dimension = (uint)output.Dimension,
            ModulusBits = (uint)output.ModulusBits,
            SmallKey = (uint)output.SmallKey,
            PolynomialSize = output.PolynomialSize == 1 ? 0 : (uint)output.PolynomialSize,
        };

    private sealed class Frame()
        : SampleFrame<EncryptedOutputsHeader, EncryptedResult>(WireKind.EncryptedOutputs, "a set of encrypted outputs")
    {
        protected override MessageParser<EncryptedOutputsHeader> Parser => EncryptedOutputsHeader.Parser;

        protected override SampleHeader Common(EncryptedOutputsHeader header) =>
            new(header.KeyId, header.CircuitHash, header.Samples, header.SampleAxis, [.. header.Ports.Select(port => port.Count)]);

        protected override long SampleBytes(EncryptedOutputsHeader header, WireExpectation expectation) =>
            header.Ports.Sum(port => (long)PortBytes(port));

        protected override async Task<EncryptedResult> ReadOneAsync(
            WireReader reader,
            EncryptedOutputsHeader header,
            KeyId key,
            byte[] circuit
        )
        {
            List<PackedCiphertexts> outputs = [];
            foreach (OutputPortHeader port in header.Ports)
            {
                byte[] packed = new byte[PortBytes(port)];
                await reader.ReadAsync(packed).ConfigureAwait(false);
                outputs.Add(
                    PackedCiphertexts.FromParts(
                        (long)port.Count,
                        (int)port.Dimension,
                        (int)port.ModulusBits,
                        (int)port.SmallKey,
                        (int)Shared(port),
                        packed
                    )
                );
            }
            return new EncryptedResult(key, circuit, outputs);
        }

        private int PortBytes(OutputPortHeader port)
        {
            if (!PackedCiphertexts.AreLegal(port.Dimension, port.ModulusBits, Shared(port)))
                throw new TfheFormatException(
                    $"{What} has words of {port.ModulusBits} bits in dimension {port.Dimension}, {Shared(port)} a mask: out of range"
                );
            long bytes = PackedCiphertexts.ByteCountOf((long)port.Count, (int)port.Dimension, (int)port.ModulusBits, (int)Shared(port));
            return bytes <= Array.MaxLength
                ? (int)bytes
                : throw new TfheFormatException(TfheFormatProblem.TooLarge, $"{What} has an output of {bytes} bytes");
        }

        /// <summary>Ciphertexts that share a mask; version 1.0 did not say and had one.</summary>
        private static uint Shared(OutputPortHeader port) => Math.Max(1, port.PolynomialSize);
    }
}
