using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>
/// Bodies of a packing key's rows: for input key bit i and level j a GLWE encryption of the constant s_i * 2^(64 - j base log) under
/// the output key. Narrow keys hold the top 32 bits of every word, with masks drawn modulo 2^32.
/// </summary>
internal sealed class PackingRows(ClientKey client, OutputCompression compression, KeyRandomness random)
{
    private readonly KeySwitchShape _shape = compression.Shape;
    private readonly BinarySecret _output = client.Output!;

    /// <summary>Computes the bodies of input coefficient <paramref name="index"/>, N' words a level; any thread may.</summary>
    internal void Write(int index, Span<ulong> bodies)
    {
        ulong stream = KeyStream.Packing(index);
        ulong inputBit = client.Big.Masks[index];
        bodies.Clear();
        GaussianSampler.Add(random.Noise, stream, compression.StandardDeviation, bodies);
        Span<ulong> mask = stackalloc ulong[_shape.MaskWords];
        for (int level = 0; level < _shape.Gadget.Level; level++)
        {
            Span<ulong> body = bodies.Slice(level * _shape.BodyWords, _shape.BodyWords);
            _shape.FillMask(random.Masks, stream, level, mask);
            AddProduct(mask, body);
            body[0] += inputBit & _shape.Gadget.Factor(level + 1);
            if (!_shape.IsNarrow)
                continue;
            // the masks' low halves are zero, so that only the noise is rounded
            foreach (ref ulong word in body)
                word = (uint)((word + (1UL << 31)) >> 32);
        }
        BodyWidth.Round(bodies, _shape.WordBits, _shape.BodyBits);
    }

    /// <summary>Adds the sum of A_t * S_t modulo X^N' + 1: coefficient c is an inner product with a window of A_t, reversed and negated.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddProduct(ReadOnlySpan<ulong> mask, Span<ulong> body)
    {
        int n = body.Length;
        Span<ulong> window = stackalloc ulong[2 * n];
        for (int start = 0; start < mask.Length; start += n)
        {
            for (int i = 0; i < n; i++)
            {
                window[n - 1 - i] = mask[start + i];
                window[2 * n - 1 - i] = 0 - mask[start + i];
            }
            for (int c = 0; c < n; c++)
                body[c] += _output.InnerProduct(window.Slice(n - 1 - c, n), start);
        }
    }
}
