namespace ConcreteMl.Tfhe;

/// <summary>
/// An expanded key-switching key, stored by tiles of 256 bytes of output columns: inside a tile the rows (input
/// coefficient, level) follow one another, so that a tile's sums stay in registers while its key streams by.
/// </summary>
internal sealed unsafe class KeySwitchKey : IDisposable
{
    /// <summary>Bytes of one row of one tile.</summary>
    internal const int TileBytes = 256;

    private readonly NativeBuffer<byte> _tiles;

    internal KeySwitchKey(int inputDimension, LookupClassParameters lookup)
    {
        InputDimension = inputDimension;
        Lookup = lookup;
        int columns = lookup.SmallDimension + 1;
        TileColumns = TileBytes / WordBytes;
        Tiles = (columns + TileColumns - 1) / TileColumns;
        _tiles = new NativeBuffer<byte>(TileLength * Tiles, zeroed: false);
    }

    /// <summary>kN.</summary>
    internal int InputDimension { get; }

    /// <summary>The class's parameters.</summary>
    internal LookupClassParameters Lookup { get; }

    /// <summary>Whether words have 32 bits.</summary>
    internal bool IsNarrow => Lookup.UsesNarrowKeySwitchWords;

    /// <summary>Rows, kN * level.</summary>
    internal int Rows => InputDimension * Lookup.KeySwitch.Level;

    /// <summary>Number of tiles.</summary>
    internal int Tiles { get; }

    /// <summary>Output words that a tile covers.</summary>
    internal int TileColumns { get; }

    /// <summary>Bytes of one tile.</summary>
    internal long TileLength => (long)Rows * TileBytes;

    /// <summary>Bytes in memory.</summary>
    internal long ByteCount => _tiles.Length;

    private int WordBytes => IsNarrow ? sizeof(uint) : sizeof(ulong);

    /// <summary>First byte of tile <paramref name="tile"/>.</summary>
    internal byte* Tile(int tile) => _tiles.Pointer + tile * TileLength;

    /// <summary>Stores the rows of input coefficient <paramref name="index"/> from their bodies and regenerated masks.</summary>
    internal void Store(int index, IClassKeyBodies source, AesCounterGenerator masks, int lookupClass)
    {
        Span<ulong> bodies = stackalloc ulong[Lookup.KeySwitch.Level];
        source.WriteKeySwitchRow(index, bodies);
        ulong stream = KeyStream.KeySwitch(lookupClass, index);
        Span<byte> row = stackalloc byte[Tiles * TileBytes];
        row.Clear();
        int maskBytes = Lookup.SmallDimension * WordBytes;
        for (int level = 0; level < bodies.Length; level++)
        {
            masks.Fill(stream, (ulong)level * KeySwitchRows.BlocksPerRow(Lookup), row[..maskBytes]);
            if (IsNarrow)
                BitConverter.TryWriteBytes(row[maskBytes..], (uint)bodies[level]);
            else
                BitConverter.TryWriteBytes(row[maskBytes..], bodies[level]);
            long place = ((long)index * bodies.Length + level) * TileBytes;
            for (int tile = 0; tile < Tiles; tile++)
                row.Slice(tile * TileBytes, TileBytes).CopyTo(_tiles.Slice(tile * TileLength + place, TileBytes));
        }
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => _tiles.Dispose();
}
