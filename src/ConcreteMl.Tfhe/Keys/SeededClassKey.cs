namespace ConcreteMl.Tfhe;

/// <summary>
/// Bodies of one lookup class's keys; the masks follow from the evaluation key's public seed.
/// Key switch: row (element, level), one word or M words each. Bootstrap: element, row (component, level), N words each.
/// </summary>
internal sealed class SeededClassKey : IClassKeyBodies, IDisposable
{
    private readonly SeededClassKey _owner;

    /// <summary>Room for the keys of class <paramref name="index"/>; those of the classes before it are at hand.</summary>
    internal SeededClassKey(ParameterSet parameters, int index, IReadOnlyList<SeededClassKey> before)
    {
        Big = parameters.BigKey;
        Lookup = parameters.Classes[index];
        Place = BootstrapPlace.Of(parameters, index);
        _owner = Lookup.KeyOf is { } owner ? before[owner] : this;
        KeySwitchBodies = Lookup.KeySwitchShape.Bodies(Lookup.KeySwitchElements(Big));
        BootstrapBodies = new PackedBodies(BootstrapElements(Lookup), BootstrapWords(Big, Lookup), 64, Lookup.StoredBodyBits);
        if (Lookup.Wide is not null)
            WideBodies = new PackedBodies(WideLookup.Elements(Big), WideWords(Big, Lookup), 64, 64);
    }

    /// <inheritdoc/>
    public BigKeyParameters Big { get; }

    /// <inheritdoc/>
    public LookupClassParameters Lookup { get; }

    /// <summary>Key-switching bodies, element by element and level by level.</summary>
    internal PackedBodies KeySwitchBodies { get; }

    /// <inheritdoc/>
    public BootstrapPlace Place { get; }

    /// <summary>Bootstrapping bodies: elements of (k + 1) * level * N words, n or three a pair of mask words; none where another class's key serves.</summary>
    internal PackedBodies BootstrapBodies { get; }

    /// <summary>Bodies of a wide lookup's key; null where the class is no wide one.</summary>
    internal PackedBodies? WideBodies { get; }

    /// <summary>Bytes of all bodies of a class as they are stored and sent; computed without allocating anything.</summary>
    internal static long StoredBytes(BigKeyParameters big, LookupClassParameters lookup) =>
        lookup.KeySwitchShape.StoredBytes(lookup.KeySwitchElements(big))
        + PackedBodies.BytesOf(BootstrapElements(lookup), BootstrapWords(big, lookup), lookup.StoredBodyBits)
        + (lookup.Wide is null ? 0 : PackedBodies.BytesOf(WideLookup.Elements(big), WideWords(big, lookup), 64));

    /// <inheritdoc/>
    public void WriteKeySwitchRow(int index, Span<ulong> bodies) => KeySwitchBodies.Read(index, bodies);

    /// <inheritdoc/>
    public IBootstrapBodies OpenBootstrap() => new Reader(this);

    /// <inheritdoc/>
    public IBootstrapBodies OpenWide() => new WideReader(this);

    /// <summary>Fills the key with the bodies of <paramref name="source"/>, on all cores.</summary>
    internal void Fill(IClassKeyBodies source, ParallelOptions options, ProgressPart progress)
    {
        Parallel.For(
            0,
            Lookup.KeySwitchElements(Big),
            options,
            () => new ulong[KeySwitchBodies.Words],
            (index, _, made) =>
            {
                source.WriteKeySwitchRow(index, made);
                KeySwitchBodies.Write(index, made);
                return made;
            },
            _ => { }
        );
        int elements = BootstrapElements(Lookup);
        Fill(BootstrapBodies, elements, source.OpenBootstrap, options, () => progress.Step(elements));
        if (WideBodies is not null)
            Fill(WideBodies, WideLookup.Elements(Big), source.OpenWide, options, () => { });
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        KeySwitchBodies.Dispose();
        BootstrapBodies.Dispose();
        WideBodies?.Dispose();
    }

    private static void Fill(PackedBodies bodies, int elements, Func<IBootstrapBodies> open, ParallelOptions options, Action step) =>
        Parallel.For(
            0,
            elements,
            options,
            () => (Source: open(), Made: new ulong[bodies.Words]),
            (index, _, worker) =>
            {
                worker.Source.WriteElement(index, worker.Made);
                bodies.Write(index, worker.Made);
                step();
                return worker;
            },
            worker => worker.Source.Dispose()
        );

    private static int BootstrapElements(LookupClassParameters lookup) => lookup.KeyOf is null ? lookup.BootstrapElements : 0;

    private static int BootstrapWords(BigKeyParameters big, LookupClassParameters lookup) =>
        (big.GlweDimension + 1) * lookup.Bootstrap.Level * big.PolynomialSize;

    private static int WideWords(BigKeyParameters big, LookupClassParameters lookup) => big.LweDimension * lookup.Wide!.Switch.Level;

    private sealed class Reader(SeededClassKey key) : IBootstrapBodies
    {
        private readonly ulong[] _element = new ulong[key._owner.BootstrapBodies.Words];

        public void WriteElement(int index, Span<ulong> bodies)
        {
            if (key._owner == key)
            {
                key.BootstrapBodies.Read(index, bodies);
                return;
            }
            int n = key.Big.PolynomialSize;
            key._owner.BootstrapBodies.Read(index, _element);
            for (int row = 0; row < bodies.Length / n; row++)
                _element.AsSpan(key.Place.Row(row) * n, n).CopyTo(bodies[(row * n)..]);
        }

        public void Dispose() { }
    }

    private sealed class WideReader(SeededClassKey key) : IBootstrapBodies
    {
        public void WriteElement(int index, Span<ulong> bodies) => key.WideBodies!.Read(index, bodies);

        public void Dispose() { }
    }
}
