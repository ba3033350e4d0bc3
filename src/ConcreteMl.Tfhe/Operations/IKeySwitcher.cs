namespace ConcreteMl.Tfhe;

/// <summary>Scratch and steps of one worker that switches keys.</summary>
internal unsafe interface IKeySwitcher : IDisposable
{
    /// <summary>
    /// Switches <paramref name="count"/> ciphertexts of kN + 1 words, at most as many as it was opened for, to as many rows of mask
    /// and body words.
    /// </summary>
    void Switch(ulong* inputs, int count, ulong* outputs);
}
