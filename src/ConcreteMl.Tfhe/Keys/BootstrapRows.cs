using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>
/// The rows of a bootstrapping key: for small-key bit m a GGSW encryption, row (component r, level j) being a zero
/// encryption plus m * 2^(64 - j base log) on component r. Masks stay as drawn, so the addition to mask r is written as
/// -m * S_r * 2^(64 - j base log) on the body.
/// </summary>
internal sealed class BootstrapRows(ClientKey client, int lookupClass, AesCounterGenerator masks, AesCounterGenerator noise)
{
    private readonly BigKeyParameters _big = client.Parameters.BigKey;
    private readonly GadgetDecomposition _gadget = client.Parameters.Classes[lookupClass].Bootstrap;

    /// <summary>Computes the bodies of all rows.</summary>
    internal void Fill(SeededClassKey key, ParallelOptions options, ProgressPart progress)
    {
        NegacyclicTransform transform = FourierBackend.CreateTransform(_big.PolynomialSize);
        using NativeBuffer<double> spectra = ExactPolynomialProduct.SecretSpectra(transform, client.Big);
        int elements = key.Lookup.SmallDimension;
        Parallel.For(
            0,
            elements,
            options,
            () => new Worker(transform, _big),
            (index, _, worker) =>
            {
                FillElement(key, index, worker, spectra);
                progress.Step(elements);
                return worker;
            },
            worker => worker.Dispose()
        );
    }

    private void FillElement(SeededClassKey key, int index, Worker worker, NativeBuffer<double> spectra)
    {
        int n = _big.PolynomialSize;
        ulong stream = KeyStream.Bootstrap(lookupClass, index);
        ulong bit = client.Small[lookupClass].Masks[index];
        Span<ulong> bodies = key.BootstrapElement(index);
        bodies.Clear();
        GaussianSampler.Add(noise, stream, _big.StandardDeviation, bodies);
        for (int row = 0; row < key.Rows; row++)
        {
            Span<ulong> body = bodies.Slice(row * n, n);
            Span<ulong> mask = worker.Masks.Slice(0, _big.LweDimension);
            masks.Fill(stream, (ulong)row * (ulong)(_big.LweDimension / 2), mask);
            worker.Product.AddInnerProduct(mask, spectra, body);
            AddMessage(body, row / _gadget.Level, bit & _gadget.Factor(row % _gadget.Level + 1));
        }
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
        ReadOnlySpan<ulong> secret = client.Big.Masks.Slice(component * n, n);
        for (int j = 0; j < n; j++)
            body[j] -= secret[j] & message;
    }

    private sealed class Worker(NegacyclicTransform transform, BigKeyParameters big) : IDisposable
    {
        internal ExactPolynomialProduct Product { get; } = new(transform);

        internal NativeBuffer<ulong> Masks { get; } = new(big.LweDimension);

        public void Dispose()
        {
            Product.Dispose();
            Masks.Dispose();
        }
    }
}
