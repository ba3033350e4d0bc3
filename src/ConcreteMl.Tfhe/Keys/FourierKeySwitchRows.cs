namespace ConcreteMl.Tfhe;

/// <summary>
/// The rows of a key-switching key in the Fourier domain. The input key is read as polynomials S_p of M bits, the small key as one, s, whose
/// coefficients from n on are zero; both at X^-1, so that the constant coefficient of a product is an inner product. Polynomial p and level
/// j have an encryption of S_p(X^-1) * 2^(64 - j base log) under s(X^-1), modulo X^M + 1: a mask and a body of M words each. Narrow keys
/// hold the top 32 bits of every word, with masks drawn modulo 2^32.
/// </summary>
internal sealed class FourierKeySwitchRows : IDisposable
{
    private readonly ClientKey _client;
    private readonly int _lookupClass;
    private readonly KeyRandomness _random;
    private readonly LookupClassParameters _lookup;
    private readonly KeySwitchShape _shape;
    private readonly NegacyclicTransform _transform;
    private readonly NativeBuffer<double> _spectrum;

    internal FourierKeySwitchRows(ClientKey client, int lookupClass, KeyRandomness random)
    {
        _client = client;
        _lookupClass = lookupClass;
        _random = random;
        _lookup = client.Parameters.Classes[lookupClass];
        _shape = _lookup.KeySwitchShape;
        _transform = FourierBackend.CreateTransform(_lookup.KeySwitchRing);
        _spectrum = SecretSpectrum(_transform, client.Small[lookupClass]);
    }

    /// <summary>Computes the bodies of polynomial <paramref name="index"/>, M words a level; any thread may.</summary>
    internal void Write(int index, Span<ulong> bodies)
    {
        ulong stream = KeyStream.FourierKeySwitch(_lookupClass, index);
        bodies.Clear();
        GaussianSampler.Add(_random.Noise, stream, _lookup.StandardDeviation, bodies);
        using ExactPolynomialProduct product = new(_transform);
        Span<ulong> mask = new ulong[_shape.MaskWords];
        for (int level = 0; level < _shape.Gadget.Level; level++)
        {
            Span<ulong> body = bodies.Slice(level * _shape.BodyWords, _shape.BodyWords);
            _shape.FillMask(_random.Masks, stream, level, mask);
            product.AddInnerProduct(mask, _spectrum, body);
            AddMessage(index, _shape.Gadget.Factor(level + 1), body);
            if (!_shape.IsNarrow)
                continue;
            // the masks' low halves are zero, so that only the noise is rounded
            foreach (ref ulong word in body)
                word = (uint)((word + (1UL << 31)) >> 32);
        }
    }

    /// <summary>Wipes the small key's spectrum.</summary>
    public void Dispose() => _spectrum.Dispose();

    private void AddMessage(int index, ulong factor, Span<ulong> body)
    {
        int size = body.Length;
        int first = index * size;
        ReadOnlySpan<ulong> bits = _client.Big.Masks[first..Math.Min(first + size, _client.Big.Dimension)];
        body[0] += bits[0] & factor;
        for (int j = 1; j < bits.Length; j++)
            body[size - j] -= bits[j] & factor;
    }

    private static NativeBuffer<double> SecretSpectrum(NegacyclicTransform transform, BinarySecret secret)
    {
        int size = transform.PolynomialSize;
        NativeBuffer<double> spectrum = new(transform.SpectrumLength, secret: true);
        using NativeBuffer<double> coefficients = new(size, secret: true);
        unsafe
        {
            coefficients.Pointer[0] = secret.Masks[0] & 1;
            for (int j = 1; j < secret.Dimension; j++)
                coefficients.Pointer[size - j] = -(double)(secret.Masks[j] & 1);
            transform.Forward(coefficients.Pointer, spectrum.Pointer);
        }
        return spectrum;
    }
}
