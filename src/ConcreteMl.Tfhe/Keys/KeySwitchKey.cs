namespace ConcreteMl.Tfhe;

/// <summary>Writes the bodies of element <paramref name="index"/>, level after level; any thread may call.</summary>
internal delegate void KeySwitchBodies(int index, Span<ulong> bodies);

/// <summary>
/// An expanded key-switching key, stored by tiles of 256 bytes of output columns: inside a tile the rows (input
/// coefficient, level) follow one another, so that a tile's sums stay in registers while its key streams by.
/// </summary>
internal sealed unsafe class KeySwitchKey : IKeySwitchKey
{
    /// <summary>Bytes of one row of one tile.</summary>
    internal const int TileBytes = 256;

    private readonly NativeBuffer<byte> _tiles;

    internal KeySwitchKey(int inputDimension, KeySwitchShape shape)
    {
        InputDimension = inputDimension;
        Shape = shape;
        TileColumns = TileBytes / shape.WordBytes;
        Tiles = (shape.Columns + TileColumns - 1) / TileColumns;
        _tiles = new NativeBuffer<byte>(TileLength * Tiles, zeroed: false);
    }

    /// <summary>kN.</summary>
    internal int InputDimension { get; }

    /// <summary>What a row looks like.</summary>
    internal KeySwitchShape Shape { get; }

    /// <summary>Whether words have 32 bits.</summary>
    internal bool IsNarrow => Shape.IsNarrow;

    /// <summary>Rows, kN * level.</summary>
    internal int Rows => InputDimension * Shape.Gadget.Level;

    /// <summary>Number of tiles.</summary>
    internal int Tiles { get; }

    /// <summary>Output words that a tile covers.</summary>
    internal int TileColumns { get; }

    /// <summary>Bytes of one tile.</summary>
    internal long TileLength => (long)Rows * TileBytes;

    /// <inheritdoc/>
    public long ByteCount => _tiles.Length;

    /// <summary>First byte of tile <paramref name="tile"/>.</summary>
    internal byte* Tile(int tile) => _tiles.Pointer + tile * TileLength;

    /// <summary>Stores the rows of input coefficient <paramref name="index"/> from their bodies and the masks of <paramref name="stream"/>.</summary>
    public void Store(int index, KeySwitchBodies source, AesCounterGenerator masks, ulong stream)
    {
        Span<ulong> bodies = stackalloc ulong[Shape.BodiesPerIndex];
        source(index, bodies);
        Span<byte> row = stackalloc byte[Tiles * TileBytes];
        row.Clear();
        int maskBytes = Shape.MaskWords * Shape.WordBytes;
        for (int level = 0; level < Shape.Gadget.Level; level++)
        {
            masks.Fill(stream, (ulong)level * Shape.BlocksPerRow, row[..maskBytes]);
            Span<byte> place = row[maskBytes..];
            foreach (ulong body in bodies.Slice(level * Shape.BodyWords, Shape.BodyWords))
            {
                if (IsNarrow)
                    BitConverter.TryWriteBytes(place, (uint)body);
                else
                    BitConverter.TryWriteBytes(place, body);
                place = place[Shape.WordBytes..];
            }
            long start = ((long)index * Shape.Gadget.Level + level) * TileBytes;
            for (int tile = 0; tile < Tiles; tile++)
                row.Slice(tile * TileBytes, TileBytes).CopyTo(_tiles.Slice(tile * TileLength + start, TileBytes));
        }
    }

    /// <inheritdoc/>
    public IKeySwitcher Open(int capacity) => new KeySwitcher(this, capacity);

    /// <summary>Frees the memory.</summary>
    public void Dispose() => _tiles.Dispose();
}
