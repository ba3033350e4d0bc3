namespace ConcreteMl.Tfhe;

/// <summary>The expanded keys of one lookup class: key switch, and bootstrapping key in the Fourier domain.</summary>
internal sealed unsafe class LookupClassKey : IDisposable
{
    private readonly NativeBuffer<double> _bootstrap;

    private LookupClassKey(BigKeyParameters big, LookupClassParameters lookup, BlindRotator rotator)
    {
        Big = big;
        Lookup = lookup;
        Rotator = rotator;
        KeySwitch = lookup.UsesFourierKeySwitch
            ? new FourierKeySwitchKey(big, lookup, rotator.Transform.OfSize(lookup.KeySwitchRing))
            : new KeySwitchKey(big.LweDimension, lookup.KeySwitchShape);
        _bootstrap = new NativeBuffer<double>(rotator.GgswLength * lookup.BootstrapElements, zeroed: false);
    }

    /// <summary>The big key's parameters.</summary>
    internal BigKeyParameters Big { get; }

    /// <summary>The class's parameters.</summary>
    internal LookupClassParameters Lookup { get; }

    /// <summary>The external product that laid the key out.</summary>
    internal BlindRotator Rotator { get; }

    /// <summary>Key switch from kN to n.</summary>
    internal IKeySwitchKey KeySwitch { get; }

    /// <summary>What a wide lookup needs beside; null where the class is no wide one.</summary>
    internal WideKey? Wide { get; private set; }

    /// <summary>Bytes in memory.</summary>
    internal long ByteCount => _bootstrap.Length * sizeof(double) + KeySwitch.ByteCount + (Wide?.ByteCount ?? 0);

    /// <summary>Fourier GGSW element of small-key bit <paramref name="index"/>, in a class that takes single mask words.</summary>
    internal double* Element(int index) => _bootstrap.Pointer + index * Rotator.GgswLength;

    /// <summary>The three elements of pair <paramref name="index"/> of small-key bits, in a class that takes pairs of mask words.</summary>
    internal double* Pair(int index) => _bootstrap.Pointer + index * Rotator.PairLength;

    /// <summary>Regenerates the masks from <paramref name="masks"/> and transforms every polynomial, on all cores.</summary>
    internal static LookupClassKey Expand(
        IClassKeyBodies bodies,
        int lookupClass,
        AesCounterGenerator masks,
        BlindRotator rotator,
        ParallelOptions options,
        ProgressPart progress
    )
    {
        LookupClassKey key = new(bodies.Big, bodies.Lookup, rotator);
        try
        {
            Parallel.For(
                0,
                key.Lookup.KeySwitchElements(key.Big),
                options,
                index => key.KeySwitch.Store(index, bodies.WriteKeySwitchRow, masks, KeyStream.KeySwitch(key.Lookup, lookupClass, index))
            );
            int elements = key.Lookup.BootstrapElements;
            Parallel.For(
                0,
                elements,
                options,
                () => new Worker(rotator, key.Big, bodies.OpenBootstrap()),
                (index, _, worker) =>
                {
                    key.ExpandElement(masks, bodies.Place, index, worker);
                    progress.Step(elements);
                    return worker;
                },
                worker => worker.Dispose()
            );
            if (key.Lookup.Wide is not null)
                key.Wide = WideKey.Expand(bodies, lookupClass, masks, options);
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of the keys of a class in memory, an upper bound; nothing is allocated.</summary>
    internal static long ExpandedBytes(BigKeyParameters big, LookupClassParameters lookup)
    {
        long columns = big.GlweDimension + 1;
        long bootstrap = (long)lookup.BootstrapElements * columns * columns * lookup.Bootstrap.Level * big.PolynomialSize * sizeof(double);
        return bootstrap
            + (lookup.Wide?.ExpandedBytes(big) ?? 0)
            + (
                lookup.UsesFourierKeySwitch
                    ? FourierKeySwitchKey.ExpandedBytes(big, lookup)
                    : lookup.KeySwitchShape.ExpandedBytes(big.LweDimension)
            );
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        KeySwitch.Dispose();
        Wide?.Dispose();
        _bootstrap.Dispose();
    }

    private void ExpandElement(AesCounterGenerator masks, BootstrapPlace place, int index, Worker worker)
    {
        ulong stream = KeyStream.Bootstrap(place.Class, index);
        int n = Big.PolynomialSize;
        Span<ulong> bodies = worker.Bodies.Slice(0, Rotator.Rows * n);
        worker.Source.WriteElement(index, bodies);
        Span<ulong> mask = worker.Masks.Slice(0, Big.LweDimension);
        for (int row = 0; row < Rotator.Rows; row++)
        {
            masks.Fill(stream, (ulong)place.Row(row) * (ulong)(Big.LweDimension / 2), mask);
            for (int column = 0; column < Big.GlweDimension; column++)
                StorePolynomial(mask.Slice(column * n, n), index, row, column, worker);
            StorePolynomial(bodies.Slice(row * n, n), index, row, Big.GlweDimension, worker);
        }
    }

    private void StorePolynomial(ReadOnlySpan<ulong> polynomial, int index, int row, int column, Worker worker) =>
        Rotator.StoreWords(
            polynomial,
            _bootstrap.Pointer,
            index,
            Lookup.ElementsPerStep,
            row,
            column,
            worker.Coefficients.Pointer,
            worker.Spectrum.Pointer
        );

    private sealed class Worker(BlindRotator rotator, BigKeyParameters big, IBootstrapBodies source) : IDisposable
    {
        internal IBootstrapBodies Source { get; } = source;

        internal NativeBuffer<ulong> Bodies { get; } = new((long)rotator.Rows * big.PolynomialSize);

        internal NativeBuffer<ulong> Masks { get; } = new(big.LweDimension);

        internal NativeBuffer<double> Coefficients { get; } = new(big.PolynomialSize);

        internal NativeBuffer<double> Spectrum { get; } = new(rotator.Transform.SpectrumLength);

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
