namespace ConcreteMl;

/// <summary>What the client computes itself, before it encrypts and after it decrypts.</summary>
public enum ClientParts
{
    /// <summary>What needs no circuit: scalers and encodings before, softmax, sigmoid, arg-max and labels behind. Costs no lookup.</summary>
    Auto,

    /// <summary>Nothing that can be in the circuit: the client learns only what the model's file gives.</summary>
    None,
}
