namespace ConcreteMl.Tfhe;

/// <summary>Numbers of the generator streams of evaluation keys: kind, lookup class and element never share a stream.</summary>
internal static class KeyStream
{
    private const ulong KeySwitchKind = 1UL << 56;
    private const ulong BootstrapKind = 2UL << 56;
    private const ulong PackingKind = 3UL << 56;
    private const ulong FourierKeySwitchKind = 4UL << 56;
    private const ulong WideKind = 5UL << 56;

    /// <summary>Stream of the key-switching rows of input coefficient <paramref name="index"/>.</summary>
    internal static ulong KeySwitch(int lookupClass, int index) => KeySwitchKind | ((ulong)lookupClass << 32) | (uint)index;

    /// <summary>Stream of the rows of input polynomial <paramref name="index"/> of a key switch in the Fourier domain.</summary>
    internal static ulong FourierKeySwitch(int lookupClass, int index) => FourierKeySwitchKind | ((ulong)lookupClass << 32) | (uint)index;

    /// <summary>Stream of element <paramref name="index"/> of the key-switching key of a class.</summary>
    internal static ulong KeySwitch(LookupClassParameters lookup, int lookupClass, int index) =>
        lookup.UsesFourierKeySwitch ? FourierKeySwitch(lookupClass, index) : KeySwitch(lookupClass, index);

    /// <summary>Stream of the packing key's rows of input coefficient <paramref name="index"/>.</summary>
    internal static ulong Packing(int index) => PackingKind | (uint)index;

    /// <summary>Stream of the GGSW element of small-key bit <paramref name="index"/>.</summary>
    internal static ulong Bootstrap(int lookupClass, int index) => BootstrapKind | ((ulong)lookupClass << 32) | (uint)index;

    /// <summary>Stream of element <paramref name="index"/> of a wide lookup's key.</summary>
    internal static ulong Wide(int lookupClass, int index) => WideKind | ((ulong)lookupClass << 32) | (uint)index;
}
