namespace ConcreteMl.Tfhe;

/// <summary>
/// An expanded key-switching key in the Fourier domain: polynomial by polynomial of the input key and level by level the spectra of mask
/// and body, in turns.
/// </summary>
internal sealed unsafe class FourierKeySwitchKey : IKeySwitchKey
{
    private readonly KeySwitchShape _shape;
    private readonly NativeBuffer<double> _spectra;

    internal FourierKeySwitchKey(BigKeyParameters big, LookupClassParameters lookup, NegacyclicTransform transform)
    {
        InputDimension = big.LweDimension;
        SmallDimension = lookup.SmallDimension;
        Polynomials = lookup.KeySwitchElements(big);
        Transform = transform;
        _shape = lookup.KeySwitchShape;
        _spectra = new NativeBuffer<double>(2L * Polynomials * _shape.Gadget.Level * transform.SpectrumLength, zeroed: false);
    }

    /// <summary>kN.</summary>
    internal int InputDimension { get; }

    /// <summary>n.</summary>
    internal int SmallDimension { get; }

    /// <summary>Polynomials of the input key, the last one filled up with zeros.</summary>
    internal int Polynomials { get; }

    /// <summary>Decomposition of the input.</summary>
    internal GadgetDecomposition Gadget => _shape.Gadget;

    /// <summary>The transform of size M that the spectra belong to.</summary>
    internal NegacyclicTransform Transform { get; }

    /// <inheritdoc/>
    public long ByteCount => _spectra.Length * sizeof(double);

    /// <summary>Bytes of a key in memory, an upper bound over all transforms; nothing is allocated.</summary>
    internal static long ExpandedBytes(BigKeyParameters big, LookupClassParameters lookup)
    {
        // a line of padding follows each of at most eight sub-blocks of a spectrum
        const int padding = 8 * 8;
        return 2L * lookup.KeySwitchElements(big) * lookup.KeySwitch.Level * (lookup.KeySwitchRing + padding) * sizeof(double);
    }

    /// <summary>Spectra of mask and body, one after the other, of an input polynomial at a level from 0 on.</summary>
    internal double* Row(int polynomial, int level) =>
        _spectra.Pointer + 2L * ((long)polynomial * Gadget.Level + level) * Transform.SpectrumLength;

    /// <inheritdoc/>
    public void Store(int index, KeySwitchBodies source, AesCounterGenerator masks, ulong stream)
    {
        ulong[] bodies = new ulong[_shape.BodiesPerIndex];
        source(index, bodies);
        ulong[] mask = new ulong[_shape.MaskWords];
        using NativeBuffer<double> coefficients = new(Transform.PolynomialSize);
        for (int level = 0; level < Gadget.Level; level++)
        {
            _shape.FillMask(masks, stream, level, mask);
            double* row = Row(index, level);
            Store(mask, 0, coefficients, row);
            Store(bodies.AsSpan(level * mask.Length, mask.Length), _shape.IsNarrow ? 32 : 0, coefficients, row + Transform.SpectrumLength);
        }
    }

    /// <inheritdoc/>
    public IKeySwitcher Open(int capacity) => new FourierKeySwitcher(this, capacity);

    /// <summary>Frees the memory.</summary>
    public void Dispose() => _spectra.Dispose();

    private void Store(ReadOnlySpan<ulong> words, int shift, NativeBuffer<double> coefficients, double* spectrum)
    {
        for (int j = 0; j < words.Length; j++)
            coefficients.Pointer[j] = Torus.ToDouble(words[j] << shift);
        Transform.Forward(coefficients.Pointer, spectrum);
    }
}
