namespace ConcreteMl;

/// <summary>How the ciphertext of a lookup gets from the circuit's key to the lookup's small one.</summary>
public enum KeySwitchKind
{
    /// <summary>
    /// On polynomials, in the Fourier domain: faster, under smaller keys. Assumes that the ring form of the small key, with known zeros, is
    /// as hard as learning with errors at its dimension.
    /// </summary>
    Fourier,

    /// <summary>By inner products with rows of learning with errors.</summary>
    Lwe,
}
