namespace ConcreteMl.Tfhe;

/// <summary>A key-switching key in the form that switches.</summary>
internal interface IKeySwitchKey : IDisposable
{
    /// <summary>Bytes in memory.</summary>
    long ByteCount { get; }

    /// <summary>Stores element <paramref name="index"/> from its bodies and the masks of <paramref name="stream"/>; any thread may call.</summary>
    void Store(int index, KeySwitchBodies source, AesCounterGenerator masks, ulong stream);

    /// <summary>A switcher with scratch for up to <paramref name="capacity"/> ciphertexts at a time, for one worker.</summary>
    IKeySwitcher Open(int capacity);
}
