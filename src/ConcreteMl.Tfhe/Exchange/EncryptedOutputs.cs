using ConcreteMl.Tfhe;
using ConcreteMl.Tfhe.Programs;
using ConcreteMl.Tfhe.Programs.Wire;
using Google.Protobuf;

namespace ConcreteMl;

/// <summary>The encrypted outputs of some samples: what a server sends back. Only the client's secret key opens them.</summary>
public sealed class EncryptedOutputs
{
    private const string What = "a set of encrypted outputs";

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
    public async Task WriteToAsync(Stream stream, CancellationToken cancellation = default)
    {
        EncryptedOutputsHeader header = new()
        {
            KeyId = WireWords.Bytes(KeyId),
            CircuitHash = ByteString.CopyFrom(CircuitHash.Span),
            Samples = (uint)Samples.Count,
            SampleAxis = (uint)Axis,
            Ports =
            {
                Samples[0]
                    .Outputs.Select(output => new OutputPortHeader
                    {
                        Count = (ulong)output.Count,
                        Dimension = (uint)output.Dimension,
                        ModulusBits = (uint)output.ModulusBits,
                        SmallKey = (uint)output.SmallKey,
                        PolynomialSize = output.PolynomialSize == 1 ? 0 : (uint)output.PolynomialSize,
                    }),
            },
        };
        using WireWriter writer = await WireWriter
            .OpenAsync(stream, WireKind.EncryptedOutputs, header, ByteCount, cancellation)
            .ConfigureAwait(false);
        foreach (PackedCiphertexts output in Samples.SelectMany(sample => sample.Outputs))
            await writer.WriteAsync(output.Bytes).ConfigureAwait(false);
        await writer.FinishAsync().ConfigureAwait(false);
    }

    /// <summary>Reads from a stream, to the end of the outputs; nothing is allocated before the header fits the expectation.</summary>
    /// <exception cref="TfheFormatException">The data is damaged, truncated, foreign, too large, or of another major version.</exception>
    public static async Task<EncryptedOutputs> ReadFromAsync(
        Stream stream,
        WireExpectation? expectation = null,
        CancellationToken cancellation = default
    )
    {
        expectation ??= WireExpectation.Any;
        using WireReader reader = await WireReader
            .OpenAsync(stream, WireKind.EncryptedOutputs, expectation.MostBytes, cancellation)
            .ConfigureAwait(false);
        EncryptedOutputsHeader header = reader.Parse(EncryptedOutputsHeader.Parser);
        KeyId key = WireWords.Key(header.KeyId, What);
        ulong[] counts = [.. header.Ports.Select(port => port.Count)];
        byte[] hash = SampleHeader.Check(header.CircuitHash, header.Samples, header.SampleAxis, counts, expectation, What);
        int[] bytes = [.. header.Ports.Select(PortBytes)];
        reader.ExpectPayload(bytes.Sum(one => (long)one) * header.Samples);
        EncryptedResult[] samples = new EncryptedResult[header.Samples];
        for (int sample = 0; sample < samples.Length; sample++)
        {
            List<PackedCiphertexts> outputs = [];
            for (int port = 0; port < bytes.Length; port++)
                outputs.Add(await OutputAsync(reader, header.Ports[port], bytes[port]).ConfigureAwait(false));
            samples[sample] = new EncryptedResult(key, hash, outputs);
        }
        await reader.FinishAsync().ConfigureAwait(false);
        return new EncryptedOutputs(samples, (SampleAxis)header.SampleAxis);
    }

    private static int PortBytes(OutputPortHeader port)
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

    private static async Task<PackedCiphertexts> OutputAsync(WireReader reader, OutputPortHeader port, int bytes)
    {
        byte[] packed = new byte[bytes];
        await reader.ReadAsync(packed).ConfigureAwait(false);
        return PackedCiphertexts.FromParts(
            (long)port.Count,
            (int)port.Dimension,
            (int)port.ModulusBits,
            (int)port.SmallKey,
            (int)Shared(port),
            packed
        );
    }

    /// <summary>Ciphertexts that share a mask; version 1.0 did not say and had one.</summary>
    private static uint Shared(OutputPortHeader port) => Math.Max(1, port.PolynomialSize);
}
