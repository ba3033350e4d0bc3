using ConcreteMl.Tfhe;
using ConcreteMl.Tfhe.Programs;
using ConcreteMl.Tfhe.Programs.Wire;
using Google.Protobuf;

namespace ConcreteMl;

/// <summary>What the headers of encrypted inputs and outputs have in common.</summary>
/// <param name="KeyId">Public name of the key, 16 bytes.</param>
/// <param name="CircuitHash">Hash of the circuit, 32 bytes.</param>
/// <param name="Samples">How many samples follow.</param>
/// <param name="Axis">Where the client's arrays had them.</param>
/// <param name="Counts">Ciphertexts of each port of one sample.</param>
internal sealed record SampleHeader(ByteString KeyId, ByteString CircuitHash, uint Samples, uint Axis, IReadOnlyList<ulong> Counts);

/// <summary>Frames of samples under one key for one circuit: a header, and then sample by sample the same number of bytes.</summary>
/// <typeparam name="THeader">Message of the header.</typeparam>
/// <typeparam name="TSample">A sample.</typeparam>
/// <param name="kind">Kind of the frame.</param>
/// <param name="what">Names the frame in refusals.</param>
internal abstract class SampleFrame<THeader, TSample>(WireKind kind, string what)
    where THeader : class, IMessage<THeader>
{
    private const int MostPorts = 1024;

    /// <summary>Names the frame in refusals.</summary>
    protected string What => what;

    /// <summary>Parses the header.</summary>
    protected abstract MessageParser<THeader> Parser { get; }

    /// <summary>The header's common fields.</summary>
    protected abstract SampleHeader Common(THeader header);

    /// <summary>Bytes of one sample, after the common fields were found right.</summary>
    /// <exception cref="TfheFormatException">The header's own fields are out of range, or not as expected.</exception>
    protected abstract long SampleBytes(THeader header, WireExpectation expectation);

    /// <summary>Reads one sample.</summary>
    protected abstract Task<TSample> ReadOneAsync(WireReader reader, THeader header, KeyId key, byte[] circuit);

    /// <summary>Writes a frame to a stream, which stays open.</summary>
    internal async Task WriteAsync(
        Stream stream,
        THeader header,
        long payload,
        IEnumerable<ReadOnlyMemory<byte>> parts,
        CancellationToken cancellation
    )
    {
        using WireWriter writer = await WireWriter.OpenAsync(stream, kind, header, payload, cancellation).ConfigureAwait(false);
        foreach (ReadOnlyMemory<byte> part in parts)
            await writer.WriteAsync(part).ConfigureAwait(false);
        await writer.FinishAsync().ConfigureAwait(false);
    }

    /// <summary>Reads from a stream, to the end of the samples; nothing is allocated before the header fits the expectation.</summary>
    /// <exception cref="TfheFormatException">The data is damaged, truncated, foreign, too large, or of another major version.</exception>
    internal async Task<(IReadOnlyList<TSample> Samples, SampleAxis Axis)> ReadAsync(
        Stream stream,
        WireExpectation? expectation,
        CancellationToken cancellation
    )
    {
        expectation ??= WireExpectation.Any;
        using WireReader reader = await WireReader.OpenAsync(stream, kind, expectation.MostBytes, cancellation).ConfigureAwait(false);
        THeader header = reader.Parse(Parser);
        SampleHeader common = Common(header);
        KeyId key = WireWords.Key(common.KeyId, what);
        byte[] circuit = Check(common, expectation);
        reader.ExpectPayload(checked(SampleBytes(header, expectation) * common.Samples));
        TSample[] samples = new TSample[common.Samples];
        for (int sample = 0; sample < samples.Length; sample++)
            samples[sample] = await ReadOneAsync(reader, header, key, circuit).ConfigureAwait(false);
        await reader.FinishAsync().ConfigureAwait(false);
        return (samples, (SampleAxis)common.Axis);
    }

    /// <summary>The circuit's hash.</summary>
    /// <exception cref="TfheFormatException">A number is out of range or beyond the limits, or the ciphertexts are for another circuit.</exception>
    private byte[] Check(SampleHeader header, WireExpectation expectation)
    {
        (uint samples, IReadOnlyList<ulong> counts) = (header.Samples, header.Counts);
        byte[] circuit = WireWords.Hash(header.CircuitHash, what);
        if (expectation.CircuitHash is { } expected && !expected.Span.SequenceEqual(circuit))
            throw new TfheFormatException(TfheFormatProblem.Foreign, $"{what} is for another model");
        if (samples == 0 || header.Axis > (uint)SampleAxis.None || counts.Count > MostPorts)
            throw new TfheFormatException($"{what} has {samples} samples along axis {header.Axis} of {counts.Count} ports: out of range");
        if (samples > expectation.MostSamples)
            throw new TfheFormatException(
                TfheFormatProblem.TooLarge,
                $"{what} has {samples} samples, at most {expectation.MostSamples} are read"
            );
        if (expectation.PortCounts is { } ports && !ports.Select(count => (ulong)count).SequenceEqual(counts))
            throw new TfheFormatException(
                TfheFormatProblem.Foreign,
                $"{what} has {string.Join(", ", counts)} ciphertexts a sample, expected {string.Join(", ", ports)}"
            );
        // each is below 2^28 also where nothing is expected, so that sizes in bytes fit 31 bits
        if (counts.Any(count => count > int.MaxValue / sizeof(ulong)))
            throw new TfheFormatException(TfheFormatProblem.TooLarge, $"{what} has {counts.Max()} ciphertexts in one port");
        return circuit;
    }
}
