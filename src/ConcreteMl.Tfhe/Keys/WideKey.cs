namespace ConcreteMl.Tfhe;

/// <summary>
/// The expanded keys of a wide lookup, as elements of an external product: rows of the big key's polynomials are the stored encryptions, rows
/// of the body are trivial, so that a product with an automorphism's element is a key switch, and one with S_r's element takes -S_r times a
/// ciphertext.
/// </summary>
internal sealed unsafe class WideKey : IDisposable
{
    private readonly NativeBuffer<double> _elements;
    private readonly BigKeyParameters _big;

    private WideKey(BigKeyParameters big, WideLookup wide)
    {
        _big = big;
        Lookup = wide;
        Switcher = FourierBackend.CreateRotator(big, wide.Switch);
        Selector = FourierBackend.CreateRotator(big, wide.Selector);
        _elements = new NativeBuffer<double>(Switcher.GgswLength * WideLookup.Elements(big));
    }

    /// <summary>The decompositions.</summary>
    internal WideLookup Lookup { get; }

    /// <summary>The external product with the key's elements.</summary>
    internal BlindRotator Switcher { get; }

    /// <summary>The external product with bits.</summary>
    internal BlindRotator Selector { get; }

    /// <summary>Bytes in memory.</summary>
    internal long ByteCount => _elements.Length * sizeof(double);

    /// <summary>Key switch from automorphism <paramref name="index"/> of the key to the key.</summary>
    internal double* Automorphism(int index) => _elements.Pointer + index * Switcher.GgswLength;

    /// <summary>-S_r times a ciphertext.</summary>
    internal double* Secret(int r) => Automorphism(WideLookup.Automorphisms(_big) + r);

    /// <summary>Regenerates the masks and transforms every polynomial, on all cores.</summary>
    internal static WideKey Expand(IClassKeyBodies bodies, int lookupClass, AesCounterGenerator masks, ParallelOptions options)
    {
        WideKey key = new(bodies.Big, bodies.Lookup.Wide!);
        try
        {
            Parallel.For(
                0,
                WideLookup.Elements(bodies.Big),
                options,
                () => new Worker(key, bodies.OpenWide()),
                (index, _, worker) =>
                {
                    key.ExpandElement(masks, KeyStream.Wide(lookupClass, index), index, worker);
                    return worker;
                },
                worker => worker.Dispose()
            );
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => _elements.Dispose();

    private void ExpandElement(AesCounterGenerator masks, ulong stream, int index, Worker worker)
    {
        int n = _big.PolynomialSize;
        int k = _big.GlweDimension;
        int levels = Lookup.Switch.Level;
        Span<ulong> bodies = worker.Bodies.Slice(0, k * levels * n);
        worker.Source.WriteElement(index, bodies);
        Span<ulong> mask = worker.Masks.Slice(0, _big.LweDimension);
        for (int row = 0; row < k * levels; row++)
        {
            masks.Fill(stream, (ulong)row * (ulong)(_big.LweDimension / 2), mask);
            for (int column = 0; column < k; column++)
                Store(mask.Slice(column * n, n), index, row, column, worker);
            Store(bodies.Slice(row * n, n), index, row, k, worker);
        }
        // the body's digits: to the body again, or for S_r to mask r, whose phase is -S_r times it
        int trivial = index < WideLookup.Automorphisms(_big) ? k : index - WideLookup.Automorphisms(_big);
        Span<ulong> constant = worker.Masks.Slice(0, n);
        constant.Clear();
        for (int level = 1; level <= levels; level++)
        {
            constant[0] = Lookup.Switch.Factor(level);
            Store(constant, index, k * levels + level - 1, trivial, worker);
        }
    }

    private void Store(ReadOnlySpan<ulong> polynomial, int index, int row, int column, Worker worker) =>
        Switcher.StoreWords(polynomial, Automorphism(index), row, column, worker.Coefficients.Pointer, worker.Spectrum.Pointer);

    private sealed class Worker(WideKey key, IBootstrapBodies source) : IDisposable
    {
        internal IBootstrapBodies Source { get; } = source;

        internal NativeBuffer<ulong> Bodies { get; } = new((long)key._big.LweDimension * key.Lookup.Switch.Level);

        internal NativeBuffer<ulong> Masks { get; } = new(key._big.LweDimension);

        internal NativeBuffer<double> Coefficients { get; } = new(key._big.PolynomialSize);

        internal NativeBuffer<double> Spectrum { get; } = new(key.Switcher.Transform.SpectrumLength);

        public void Dispose()
        {
            Source.Dispose();
            Bodies.Dispose();
            Masks.Dispose();
            Coefficients.Dispose();
            Spectrum.Dispose();
        }
    }
}
