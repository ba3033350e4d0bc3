namespace ConcreteMl.Tfhe;

/// <summary>
/// What a reader expects and how much it takes; everything is compared with the frame's header before anything of the
/// header's size is allocated.
/// </summary>
public sealed record WireExpectation
{
    /// <summary>The default: any parameters, at most 4 GiB and 65,536 samples.</summary>
    public static WireExpectation Any { get; } = new();

    /// <summary>The parameters that a key must have; null accepts all that their security curve allows.</summary>
    public ParameterSet? Parameters { get; init; }

    /// <summary>Hash of the circuit that ciphertexts must be for, 32 bytes; null accepts any.</summary>
    public ReadOnlyMemory<byte>? CircuitHash { get; init; }

    /// <summary>Ciphertexts of each port of one sample; null accepts any.</summary>
    public IReadOnlyList<long>? PortCounts { get; init; }

    /// <summary>Mask words of a ciphertext under the big key, kN; null accepts any.</summary>
    public int? Dimension { get; init; }

    /// <summary>The most bytes of a whole frame.</summary>
    public long MostBytes { get; init; } = 1L << 32;

    /// <summary>The most samples of encrypted inputs or outputs.</summary>
    public int MostSamples { get; init; } = 1 << 16;
}
