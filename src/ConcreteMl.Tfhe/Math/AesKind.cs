namespace ConcreteMl.Tfhe;

/// <summary>Which AES makes the streams of a generator.</summary>
internal enum AesKind
{
    /// <summary>The CPU's instructions.</summary>
    Instructions,

    /// <summary>The platform's library.</summary>
    Platform,

    /// <summary>The project's own, on bit planes.</summary>
    Software,
}
