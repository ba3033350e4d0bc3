namespace ConcreteMl.Tfhe.Programs;

/// <summary>Constants that lookups add to phases.</summary>
internal static class LookupPhase
{
    /// <summary>Moves signed codes into [0, 2^p): 2^(p−1) steps of 2^(63−p), whatever the width p. A quarter turn.</summary>
    internal const ulong Half = 1UL << 62;
}
