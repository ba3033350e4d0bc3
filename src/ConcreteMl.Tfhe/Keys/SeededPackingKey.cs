namespace ConcreteMl.Tfhe;

/// <summary>Bodies of a packing key: row (input coefficient, level), N' words each; the masks follow from the evaluation key's seed.</summary>
internal sealed class SeededPackingKey : IDisposable
{
    private readonly int _inputDimension;

    internal SeededPackingKey(BigKeyParameters big, OutputCompression compression)
    {
        _inputDimension = big.LweDimension;
        Shape = compression.Shape;
        Bodies = Shape.Bodies(_inputDimension);
    }

    /// <summary>What a row looks like.</summary>
    internal KeySwitchShape Shape { get; }

    /// <summary>All bodies, by input coefficient.</summary>
    internal PackedBodies Bodies { get; }

    /// <summary>Bytes of the bodies as they are stored and sent; 0 where outputs are not compressed.</summary>
    internal static long StoredBytes(ParameterSet parameters) =>
        parameters.Compression?.Shape.StoredBytes(parameters.BigKey.LweDimension) ?? 0;

    /// <summary>Copies the bodies of input coefficient <paramref name="index"/>.</summary>
    internal void Write(int index, Span<ulong> bodies) => Bodies.Read(index, bodies);

    /// <summary>Fills the key with the bodies of <paramref name="source"/>, on all cores.</summary>
    internal void Fill(KeySwitchBodies source, ParallelOptions options) =>
        Parallel.For(
            0,
            _inputDimension,
            options,
            () => new ulong[Shape.BodiesPerIndex],
            (index, _, made) =>
            {
                source(index, made);
                Bodies.Write(index, made);
                return made;
            },
            _ => { }
        );

    /// <summary>Regenerates the masks of bodies from any source, on all cores.</summary>
    internal static KeySwitchKey Expand(
        BigKeyParameters big,
        OutputCompression compression,
        KeySwitchBodies source,
        AesCounterGenerator masks,
        ParallelOptions options
    )
    {
        KeySwitchKey key = new(big.LweDimension, compression.Shape);
        try
        {
            Parallel.For(0, big.LweDimension, options, index => key.Store(index, source, masks, KeyStream.Packing(index)));
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => Bodies.Dispose();
}
