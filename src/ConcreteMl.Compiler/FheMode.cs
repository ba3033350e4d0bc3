namespace ConcreteMl;

/// <summary>How a compiled module runs; the three modes agree bit for bit but for counted lookup failures.</summary>
public enum FheMode
{
    /// <summary>On integers in clear.</summary>
    Disable,

    /// <summary>On noisy phases, as the ciphertexts would carry them, without keys.</summary>
    Simulate,

    /// <summary>On ciphertexts; keys are made on first use.</summary>
    Execute,
}
