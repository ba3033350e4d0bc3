namespace ConcreteMl.Tfhe;

/// <summary>
/// Bodies of one lookup class's keys; the masks follow from the evaluation key's public seed.
/// Key switch: row (element, level), one word or M words each. Bootstrap: element, row (component, level), N words each.
/// </summary>
internal sealed class SeededClassKey : IClassKeyBodies, IDisposable
{
    internal SeededClassKey(BigKeyParameters big, LookupClassParameters lookup)
    {
        Big = big;
        Lookup = lookup;
        KeySwitchBodies = new NativeBuffer<ulong>(KeySwitchWords(big, lookup), zeroed: false);
        BootstrapBodies = new NativeBuffer<ulong>(
            (long)lookup.SmallDimension * (big.GlweDimension + 1) * lookup.Bootstrap.Level * big.PolynomialSize,
            zeroed: false
        );
    }

    /// <inheritdoc/>
    public BigKeyParameters Big { get; }

    /// <inheritdoc/>
    public LookupClassParameters Lookup { get; }

    /// <summary>Key-switching bodies, element by element and level by level; the low 32 bits are used when the words are narrow.</summary>
    internal NativeBuffer<ulong> KeySwitchBodies { get; }

    /// <summary>Bootstrapping bodies, n * (k + 1) * level * N words.</summary>
    internal NativeBuffer<ulong> BootstrapBodies { get; }

    /// <summary>Rows of one GGSW element.</summary>
    internal int Rows => (Big.GlweDimension + 1) * Lookup.Bootstrap.Level;

    /// <summary>Bytes of all bodies of a class; computed without allocating anything.</summary>
    internal static long BodyBytes(BigKeyParameters big, LookupClassParameters lookup) =>
        sizeof(ulong)
        * (
            KeySwitchWords(big, lookup)
            + (long)lookup.SmallDimension * (big.GlweDimension + 1) * lookup.Bootstrap.Level * big.PolynomialSize
        );

    /// <summary>Bytes of all bodies as they are stored and sent: key-switching words take 4 bytes where 32 bits carry them.</summary>
    internal static long StoredBytes(BigKeyParameters big, LookupClassParameters lookup) =>
        BodyBytes(big, lookup) - (lookup.UsesNarrowKeySwitchWords ? KeySwitchWords(big, lookup) * sizeof(uint) : 0);

    /// <summary>Bodies of element <paramref name="index"/> of the key-switching key: one word, or M words, a level.</summary>
    internal Span<ulong> KeySwitchRow(int index)
    {
        int words = Lookup.KeySwitchShape.BodiesPerIndex;
        return KeySwitchBodies.Slice((long)index * words, words);
    }

    /// <summary>Bodies of GGSW element <paramref name="index"/>, row after row.</summary>
    internal Span<ulong> BootstrapElement(int index) =>
        BootstrapBodies.Slice((long)index * Rows * Big.PolynomialSize, Rows * Big.PolynomialSize);

    /// <inheritdoc/>
    public void WriteKeySwitchRow(int index, Span<ulong> bodies) => KeySwitchRow(index).CopyTo(bodies);

    /// <inheritdoc/>
    public IBootstrapBodies OpenBootstrap() => new Reader(this);

    /// <summary>Fills the key with the bodies of <paramref name="source"/>, on all cores.</summary>
    internal void Fill(IClassKeyBodies source, ParallelOptions options, ProgressPart progress)
    {
        Parallel.For(0, Lookup.KeySwitchElements(Big), options, index => source.WriteKeySwitchRow(index, KeySwitchRow(index)));
        int elements = Lookup.SmallDimension;
        Parallel.For(
            0,
            elements,
            options,
            source.OpenBootstrap,
            (index, _, bodies) =>
            {
                bodies.WriteElement(index, BootstrapElement(index));
                progress.Step(elements);
                return bodies;
            },
            bodies => bodies.Dispose()
        );
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        KeySwitchBodies.Dispose();
        BootstrapBodies.Dispose();
    }

    private static long KeySwitchWords(BigKeyParameters big, LookupClassParameters lookup) =>
        (long)lookup.KeySwitchElements(big) * lookup.KeySwitchShape.BodiesPerIndex;

    private sealed class Reader(SeededClassKey key) : IBootstrapBodies
    {
        public void WriteElement(int index, Span<ulong> bodies) => key.BootstrapElement(index).CopyTo(bodies);

        public void Dispose() { }
    }
}
