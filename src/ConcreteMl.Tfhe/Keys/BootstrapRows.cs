using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>
/// The rows of a bootstrapping key: for small-key bit m a GGSW encryption, row (component r, level j) being a zero
/// encryption plus m * 2^(64 - j base log) on component r. Masks stay as drawn, so the addition to mask r is written as
/// -m * S_r * 2^(64 - j base log) on the body.
/// </summary>
internal sealed class BootstrapRows : IDisposable
{
    private readonly ClientKey _client;
    private readonly int _lookupClass;
    private readonly KeyRandomness _random;
    private readonly BigKeyParameters _big;
    private readonly GadgetDecomposition _gadget;
    private readonly int _bodyBits;
    private readonly NegacyclicTransform _transform;
    private readonly NativeBuffer<double> _spectra;

    internal BootstrapRows(ClientKey client, int lookupClass, KeyRandomness random)
    {
        _client = client;
        _lookupClass = lookupClass;
        _random = random;
        _big = client.Parameters.BigKey;
        _gadget = client.Parameters.Classes[lookupClass].Bootstrap;
        _bodyBits = client.Parameters.Classes[lookupClass].BodyBits;
        _transform = FourierBackend.CreateTransform(_big.PolynomialSize);
        _spectra = ExactPolynomialProduct.SecretSpectra(_transform, client.Big);
    }

    /// <summary>A writer with its own scratch space, for one thread.</summary>
    internal IBootstrapBodies Open() => new Writer(this);

    /// <summary>Wipes the secret key's spectra.</summary>
    public void Dispose() => _spectra.Dispose();

    private void WriteElement(int index, Span<ulong> bodies, ExactPolynomialProduct product, Span<ulong> mask)
    {
        int n = _big.PolynomialSize;
        ulong stream = KeyStream.Bootstrap(_lookupClass, index);
        ulong bit = _client.Small[_lookupClass].Masks[index];
        bodies.Clear();
        GaussianSampler.Add(_random.Noise, stream, _big.StandardDeviation, bodies);
        for (int row = 0; row < bodies.Length / n; row++)
        {
            Span<ulong> body = bodies.Slice(row * n, n);
            _random.Masks.Fill(stream, (ulong)row * (ulong)(_big.LweDimension / 2), mask);
            product.AddInnerProduct(mask, _spectra, body);
            AddMessage(body, row / _gadget.Level, bit & _gadget.Factor(row % _gadget.Level + 1));
        }
        BodyWidth.Round(bodies, 64, _bodyBits);
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

        public void WriteElement(int index, Span<ulong> bodies) =>
            rows.WriteElement(index, bodies, _product, _mask.Slice(0, rows._big.LweDimension));

        public void Dispose()
        {
            _product.Dispose();
            _mask.Dispose();
        }
    }
}
