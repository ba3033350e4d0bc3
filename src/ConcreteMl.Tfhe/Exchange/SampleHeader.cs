using ConcreteMl.Tfhe;
using ConcreteMl.Tfhe.Programs;
using Google.Protobuf;

namespace ConcreteMl;

/// <summary>What the headers of encrypted inputs and outputs share, compared with the reader's expectation.</summary>
internal static class SampleHeader
{
    private const int MostPorts = 1024;

    /// <summary>The circuit's hash.</summary>
    /// <exception cref="TfheFormatException">A number is out of range or beyond the limits, or the ciphertexts are for another circuit.</exception>
    internal static byte[] Check(
        ByteString hash,
        uint samples,
        uint axis,
        IReadOnlyList<ulong> counts,
        WireExpectation expectation,
        string what
    )
    {
        byte[] circuit = WireWords.Hash(hash, what);
        if (expectation.CircuitHash is { } expected && !expected.Span.SequenceEqual(circuit))
            throw new TfheFormatException(TfheFormatProblem.Foreign, $"{what} is for another model");
        if (samples == 0 || axis > (uint)SampleAxis.None || counts.Count > MostPorts)
            throw new TfheFormatException($"{what} has {samples} samples along axis {axis} of {counts.Count} ports: out of range");
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
