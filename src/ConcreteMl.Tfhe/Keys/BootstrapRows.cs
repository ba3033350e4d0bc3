using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>
/// The rows of a bootstrapping key: for small-key bit m, or product m of a pair of bits, a GGSW encryption, row (component r, level j) being a zero
/// encryption plus m * 2^(64 - j base log) on component r. Masks stay as drawn, so the addition to mask r is written as
/// -m * S_r * 2^(64 - j base log) on the body.
/// </summary>
internal sealed class BootstrapRows : IDisposable
{
    private readonly ClientKey _client;
    private readonly BootstrapPlace _place;
    private readonly KeyRandomness _random;
    private readonly BigKeyParameters _big;
    private readonly GadgetDecomposition _gadget;
    private readonly int _bodyBits;
    private readonly int _elementsPerStep;
    private readonly NegacyclicTransform _transform;
    private readonly NativeBuffer<double> _spectra;

    internal BootstrapRows(ClientKey client, int lookupClass, KeyRandomness random)
    {
        _client = client;
        _place = BootstrapPlace.Of(client.Parameters, lookupClass);
        _random = random;
        _big = client.Parameters.BigKey;
        _gadget = client.Parameters.Classes[lookupClass].Bootstrap;
        _bodyBits = client.Parameters.Classes[lookupClass].BodyBits;
        _elementsPerStep = client.Parameters.Classes[lookupClass].ElementsPerStep;
        _transform = FourierBackend.CreateTransform(_big.PolynomialSize);
        _spectra = ExactPolynomialProduct.SecretSpectra(_transform, client.Big);
    }

    /// <summary>A writer with its own scratch space, for one thread.</summary>
    internal IBootstrapBodies Open() => new Writer(this);

    /// <summary>Wipes the secret key's spectra.</summary>
    public void Dispose() => _spectra.Dispose();

    // of a whole element of the key that was made
    private int NoiseWords => (_big.GlweDimension + 1) * _place.OwnerLevel * _big.PolynomialSize;

    private void WriteElement(int index, Span<ulong> bodies, ExactPolynomialProduct product, Span<ulong> mask, Span<ulong> noise)
    {
        int n = _big.PolynomialSize;
        ulong stream = KeyStream.Bootstrap(_place.Class, index);
        ulong bit = Message(index);
        // all of the element's noise, so that a row has the same wherever it is asked for
        noise.Clear();
        GaussianSampler.Add(_random.Noise, stream, _big.StandardDeviation, noise);
        for (int row = 0; row < bodies.Length / n; row++)
        {
            int made = _place.Row(row);
            Span<ulong> body = bodies.Slice(row * n, n);
            noise.Slice(made * n, n).CopyTo(body);
            _random.Masks.Fill(stream, (ulong)made * (ulong)(_big.LweDimension / 2), mask);
            product.AddInnerProduct(mask, _spectra, body);
            AddMessage(body, row / _gadget.Level, bit & _gadget.Factor(row % _gadget.Level + 1));
        }
        BodyWidth.Round(bodies, 64, _bodyBits);
    }

    /// <summary>What element <paramref name="index"/> encrypts, as a mask: a bit, or s(1 - t), t(1 - s) or st of a pair.</summary>
    private ulong Message(int index)
    {
        ReadOnlySpan<ulong> bits = _client.Small[_place.Class].Masks;
        if (_elementsPerStep == 1)
            return bits[index];
        (int pair, int part) = int.DivRem(index, _elementsPerStep);
        ulong s = bits[2 * pair];
        ulong t = bits[2 * pair + 1];
        return part switch
        {
            0 => s & ~t,
            1 => t & ~s,
            _ => s & t,
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddMessage(Span<ulong> body, int component, ulong message)
    {
        int n = _big.PolynomialSize;
        if (component == _big.GlweDimension)
        {
            body[0] += message;
            return;
        }
        ReadOnlySpan<ulong> secret = _client.Big.Masks.Slice(component * n, n);
        for (int j = 0; j < n; j++)
            body[j] -= secret[j] & message;
    }

    private sealed class Writer(BootstrapRows rows) : IBootstrapBodies
    {
        private readonly ExactPolynomialProduct _product = new(rows._transform);
        private readonly NativeBuffer<ulong> _mask = new(rows._big.LweDimension);
        private readonly NativeBuffer<ulong> _noise = new(rows.NoiseWords, secret: true);

        public void WriteElement(int index, Span<ulong> bodies) =>
            rows.WriteElement(index, bodies, _product, _mask.Slice(0, rows._big.LweDimension), _noise.Slice(0, rows.NoiseWords));

        public void Dispose()
        {
            _product.Dispose();
            _mask.Dispose();
            _noise.Dispose();
        }
    }
}
