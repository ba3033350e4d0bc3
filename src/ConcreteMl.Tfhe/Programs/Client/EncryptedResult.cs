namespace ConcreteMl.Tfhe.Programs;

/// <summary>The encrypted outputs of one sample, bound to a client key and a circuit.</summary>
public sealed class EncryptedResult
{
    internal EncryptedResult(KeyId keyId, ReadOnlyMemory<byte> circuitHash, IReadOnlyList<PackedCiphertexts> outputs)
    {
        KeyId = keyId;
        CircuitHash = circuitHash;
        Outputs = outputs;
    }

    /// <summary>Name of the client key that can decrypt.</summary>
    public KeyId KeyId { get; }

    /// <summary>Hash of the circuit that computed the outputs.</summary>
    public ReadOnlyMemory<byte> CircuitHash { get; }

    /// <summary>Ciphertexts per output, in the program's order.</summary>
    public IReadOnlyList<PackedCiphertexts> Outputs { get; }
}
