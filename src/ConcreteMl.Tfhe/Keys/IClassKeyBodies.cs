namespace ConcreteMl.Tfhe;

/// <summary>
/// Bodies of one lookup class's keys, row by row: those of a stored key (<see cref="SeededClassKey"/>), or made on demand
/// from the client's (<see cref="FreshClassKey"/>). Any thread may ask for any row.
/// </summary>
internal interface IClassKeyBodies
{
    /// <summary>The big key's parameters.</summary>
    BigKeyParameters Big { get; }

    /// <summary>The class's parameters.</summary>
    LookupClassParameters Lookup { get; }

    /// <summary>Where the rows of the bootstrapping key stand, which decides their masks.</summary>
    BootstrapPlace Place { get; }

    /// <summary>Writes the bodies of element <paramref name="index"/> of the key-switching key: one word, or polynomial, a level.</summary>
    void WriteKeySwitchRow(int index, Span<ulong> bodies);

    /// <summary>A writer of bootstrapping bodies, the class's own rows, for one thread.</summary>
    IBootstrapBodies OpenBootstrap();

    /// <summary>A writer of a wide lookup's bodies, for one thread; elements have rows of the big key's polynomials only.</summary>
    IBootstrapBodies OpenWide();
}

/// <summary>Writes bodies of a bootstrapping key; used by one thread at a time.</summary>
internal interface IBootstrapBodies : IDisposable
{
    /// <summary>Writes the bodies of GGSW element <paramref name="index"/>: row (component, level), N words each.</summary>
    void WriteElement(int index, Span<ulong> bodies);
}
