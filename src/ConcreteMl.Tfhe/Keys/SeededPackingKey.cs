namespace ConcreteMl.Tfhe;

/// <summary>Bodies of a packing key: row (input coefficient, level), N' words each; the masks follow from the evaluation key's seed.</summary>
internal sealed class SeededPackingKey : IDisposable
{
    private readonly int _inputDimension;

    internal SeededPackingKey(BigKeyParameters big, OutputCompression compression)
    {
        _inputDimension = big.LweDimension;
        Shape = compression.Shape;
        Bodies = new NativeBuffer<ulong>((long)_inputDimension * Shape.BodiesPerIndex, zeroed: false);
    }

    /// <summary>What a row looks like.</summary>
    internal KeySwitchShape Shape { get; }

    /// <summary>All bodies; the low 32 bits are used when the words are narrow.</summary>
    internal NativeBuffer<ulong> Bodies { get; }

    /// <summary>Bytes of the bodies as they are stored and sent; 0 where outputs are not compressed.</summary>
    internal static long StoredBytes(ParameterSet parameters) =>
        parameters.Compression?.Shape.StoredBytes(parameters.BigKey.LweDimension) ?? 0;

    /// <summary>Copies the bodies of input coefficient <paramref name="index"/>.</summary>
    internal void Write(int index, Span<ulong> bodies) => Row(index).CopyTo(bodies);

    /// <summary>Fills the key with the bodies of <paramref name="source"/>, on all cores.</summary>
    internal void Fill(KeySwitchBodies source, ParallelOptions options) =>
        Parallel.For(0, _inputDimension, options, index => source(index, Row(index)));

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

    private Span<ulong> Row(int index) => Bodies.Slice((long)index * Shape.BodiesPerIndex, Shape.BodiesPerIndex);
}
