namespace ConcreteMl.Tfhe;

/// <summary>
/// The rows of a wide lookup's keys. Element e has for each polynomial S_i of the big key and level j an encryption of
/// P_(e,i) * 2^(64 - j base log): for an automorphism s, P is -s(S_i), so that a product with s of a ciphertext switches it back to the key;
/// for the polynomial S_r that follows the automorphisms, P is S_i * S_r, which takes -S_r times a ciphertext.
/// </summary>
internal sealed class WideRows : IDisposable
{
    private readonly ClientKey _client;
    private readonly int _lookupClass;
    private readonly KeyRandomness _random;
    private readonly BigKeyParameters _big;
    private readonly GadgetDecomposition _gadget;
    private readonly NegacyclicTransform _transform;
    private readonly NativeBuffer<double> _spectra;

    internal WideRows(ClientKey client, int lookupClass, KeyRandomness random)
    {
        _client = client;
        _lookupClass = lookupClass;
        _random = random;
        _big = client.Parameters.BigKey;
        _gadget = client.Parameters.Classes[lookupClass].Wide!.Switch;
        _transform = FourierBackend.CreateTransform(_big.PolynomialSize);
        _spectra = ExactPolynomialProduct.SecretSpectra(_transform, client.Big);
    }

    /// <summary>A writer with its own scratch space, for one thread.</summary>
    internal IBootstrapBodies Open() => new Writer(this);

    /// <summary>Wipes the secret key's spectra.</summary>
    public void Dispose() => _spectra.Dispose();

    /// <summary>P_(e,i) as words: what the row of polynomial <paramref name="component"/> of an element encrypts, before its level's factor.</summary>
    private void WriteMessage(int index, int component, ExactPolynomialProduct product, Span<ulong> padded, Span<ulong> message)
    {
        int n = _big.PolynomialSize;
        int automorphisms = WideLookup.Automorphisms(_big);
        ReadOnlySpan<ulong> secret = _client.Big.Masks.Slice(component * n, n);
        message.Clear();
        if (index < automorphisms)
        {
            int exponent = WideLookup.Exponent(_big, index);
            for (int j = 0; j < n; j++)
            {
                int place = j * exponent & (2 * n - 1);
                ulong bit = secret[j] & 1;
                message[place & (n - 1)] = place < n ? 0 - bit : bit;
            }
            return;
        }
        padded.Clear();
        Span<ulong> factor = padded.Slice((index - automorphisms) * n, n);
        for (int j = 0; j < n; j++)
            factor[j] = secret[j] & 1;
        product.AddInnerProduct(padded, _spectra, message);
    }

    private void WriteElement(int index, Span<ulong> bodies, Writer own)
    {
        int n = _big.PolynomialSize;
        ulong stream = KeyStream.Wide(_lookupClass, index);
        Span<ulong> mask = own.Mask.Slice(0, _big.LweDimension);
        Span<ulong> message = own.Message.Slice(0, n);
        bodies.Clear();
        GaussianSampler.Add(_random.Noise, stream, _big.StandardDeviation, bodies);
        for (int row = 0; row < bodies.Length / n; row++)
        {
            Span<ulong> body = bodies.Slice(row * n, n);
            int level = row % _gadget.Level + 1;
            if (level == 1)
                WriteMessage(index, row / _gadget.Level, own.Product, mask, message);
            _random.Masks.Fill(stream, (ulong)row * (ulong)(_big.LweDimension / 2), mask);
            own.Product.AddInnerProduct(mask, _spectra, body);
            for (int j = 0; j < n; j++)
                body[j] += message[j] * _gadget.Factor(level);
        }
    }

    private sealed class Writer(WideRows rows) : IBootstrapBodies
    {
        internal ExactPolynomialProduct Product { get; } = new(rows._transform);

        // holds secret polynomials too
        internal NativeBuffer<ulong> Mask { get; } = new(rows._big.LweDimension, secret: true);

        internal NativeBuffer<ulong> Message { get; } = new(rows._big.PolynomialSize, secret: true);

        public void WriteElement(int index, Span<ulong> bodies) => rows.WriteElement(index, bodies, this);

        public void Dispose()
        {
            Product.Dispose();
            Mask.Dispose();
            Message.Dispose();
        }
    }
}
