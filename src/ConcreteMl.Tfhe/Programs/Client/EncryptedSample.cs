namespace ConcreteMl.Tfhe.Programs;

/// <summary>The encrypted inputs of one sample, in their compact form, bound to a client key and a circuit.</summary>
public sealed class EncryptedSample
{
    /// <param name="keyId">Name of the client key.</param>
    /// <param name="circuitHash">Hash of the circuit, 32 bytes.</param>
    /// <param name="inputs">Ciphertexts per input.</param>
    internal EncryptedSample(KeyId keyId, ReadOnlyMemory<byte> circuitHash, IReadOnlyList<SeededLweCiphertexts> inputs)
    {
        KeyId = keyId;
        CircuitHash = circuitHash;
        Inputs = inputs;
    }

    /// <summary>Name of the client key that encrypted.</summary>
    public KeyId KeyId { get; }

    /// <summary>Hash of the circuit that the inputs are for.</summary>
    public ReadOnlyMemory<byte> CircuitHash { get; }

    /// <summary>Ciphertexts per input, in the program's order.</summary>
    public IReadOnlyList<SeededLweCiphertexts> Inputs { get; }
}
