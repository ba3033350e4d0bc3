namespace ConcreteMl.Tfhe;

/// <summary>
/// Radix 2, 4 and 8 splits of a polynomial modulo X^L - c at the R-th roots of c. Forward: input k is multiplied by w^k,
/// w the first root, then a plain transform of size R; inverse: the conjugate transpose.
/// </summary>
internal static class Butterfly
{
    private const double HalfRoot = 0.70710678118654752440;

    /// <summary>Turns, in eighths, of the R-th root of unity that output m of a forward split is evaluated at.</summary>
    internal static ReadOnlySpan<int> OutputEighths(int radix) =>
        radix switch
        {
            2 => [0, 4],
            4 => [0, 4, 2, 6],
            _ => [0, 4, 2, 6, 1, 5, 3, 7],
        };

    /// <summary>Constants that a radix needs beside its twiddles, before the loop.</summary>
    internal static Variable[] Constants(KernelEmitter emitter, int radix) => radix == 8 ? [emitter.Fill(HalfRoot)] : [];

    /// <summary>z * w.</summary>
    internal static ComplexVariable Multiply(KernelEmitter emitter, ComplexVariable z, ComplexVariable w)
    {
        Variable re = emitter.Multiply(z.Im, w.Im);
        Variable im = emitter.Multiply(z.Im, w.Re);
        return new(emitter.MultiplySubtract(z.Re, w.Re, re), emitter.MultiplyAdd(z.Re, w.Im, im));
    }

    /// <summary>z times the conjugate of w.</summary>
    internal static ComplexVariable MultiplyConjugate(KernelEmitter emitter, ComplexVariable z, ComplexVariable w)
    {
        Variable re = emitter.Multiply(z.Im, w.Im);
        Variable im = emitter.Multiply(z.Re, w.Im);
        return new(emitter.MultiplyAdd(z.Re, w.Re, re), emitter.MultiplySubtract(z.Im, w.Re, im));
    }

    /// <summary>Splits <paramref name="z"/>; <paramref name="twiddle"/> gives w^k for k from 1 on.</summary>
    internal static ComplexVariable[] Forward(
        KernelEmitter emitter,
        ComplexVariable[] z,
        Func<int, ComplexVariable> twiddle,
        Variable[] constants
    )
    {
        int half = z.Length / 2;
        ComplexVariable[] sums = new ComplexVariable[half];
        ComplexVariable[] differences = new ComplexVariable[half];
        // even inputs first: their sums are needed first
        foreach (int k in Enumerable.Range(0, half).OrderBy(k => k & 1))
        {
            ComplexVariable low = k == 0 ? z[0] : Multiply(emitter, z[k], twiddle(k));
            ComplexVariable high = Multiply(emitter, z[k + half], twiddle(k + half));
            (sums[k], differences[k]) = (Add(emitter, low, high), Subtract(emitter, low, high));
        }
        return z.Length switch
        {
            2 => [sums[0], differences[0]],
            4 =>
            [
                Add(emitter, sums[0], sums[1]),
                Subtract(emitter, sums[0], sums[1]),
                AddTurned(emitter, differences[0], differences[1]),
                SubtractTurned(emitter, differences[0], differences[1]),
            ],
            _ => ForwardEight(emitter, sums, differences, constants[0]),
        };
    }

    /// <summary>Undoes <see cref="Forward"/> up to the factor R.</summary>
    internal static ComplexVariable[] Inverse(
        KernelEmitter emitter,
        ComplexVariable[] z,
        Func<int, ComplexVariable> twiddle,
        Variable[] constants
    )
    {
        ComplexVariable[] joined = z.Length switch
        {
            2 => [Add(emitter, z[0], z[1]), Subtract(emitter, z[0], z[1])],
            4 => InverseFour(emitter, z),
            _ => InverseEight(emitter, z, constants[0]),
        };
        for (int k = 1; k < joined.Length; k++)
            joined[k] = MultiplyConjugate(emitter, joined[k], twiddle(k));
        return joined;
    }

    private static ComplexVariable[] ForwardEight(KernelEmitter emitter, ComplexVariable[] a, ComplexVariable[] b, Variable halfRoot)
    {
        ComplexVariable even0 = Add(emitter, a[0], a[2]);
        ComplexVariable even1 = Subtract(emitter, a[0], a[2]);
        ComplexVariable odd0 = Add(emitter, a[1], a[3]);
        ComplexVariable odd1 = Subtract(emitter, a[1], a[3]);
        ComplexVariable even2 = AddTurned(emitter, b[0], b[2]);
        ComplexVariable even3 = SubtractTurned(emitter, b[0], b[2]);
        ComplexVariable odd2 = AddTurned(emitter, b[1], b[3]);
        ComplexVariable odd3 = SubtractTurned(emitter, b[1], b[3]);
        // an eighth of a turn of x + iy is ((x - y) + i(x + y)) * halfRoot
        Variable minus2 = emitter.Subtract(odd2.Re, odd2.Im);
        Variable plus2 = emitter.Add(odd2.Re, odd2.Im);
        Variable minus3 = emitter.Subtract(odd3.Re, odd3.Im);
        Variable plus3 = emitter.Add(odd3.Re, odd3.Im);
        return
        [
            Add(emitter, even0, odd0),
            Subtract(emitter, even0, odd0),
            AddTurned(emitter, even1, odd1),
            SubtractTurned(emitter, even1, odd1),
            new(emitter.MultiplyAdd(minus2, halfRoot, even2.Re), emitter.MultiplyAdd(plus2, halfRoot, even2.Im)),
            new(emitter.NegatedMultiplyAdd(minus2, halfRoot, even2.Re), emitter.NegatedMultiplyAdd(plus2, halfRoot, even2.Im)),
            new(emitter.NegatedMultiplyAdd(plus3, halfRoot, even3.Re), emitter.MultiplyAdd(minus3, halfRoot, even3.Im)),
            new(emitter.MultiplyAdd(plus3, halfRoot, even3.Re), emitter.NegatedMultiplyAdd(minus3, halfRoot, even3.Im)),
        ];
    }

    private static ComplexVariable[] InverseFour(KernelEmitter emitter, ComplexVariable[] z)
    {
        ComplexVariable sum0 = Add(emitter, z[0], z[1]);
        ComplexVariable difference0 = Subtract(emitter, z[0], z[1]);
        ComplexVariable sum1 = Add(emitter, z[2], z[3]);
        ComplexVariable difference1 = Subtract(emitter, z[2], z[3]);
        return
        [
            Add(emitter, sum0, sum1),
            SubtractTurned(emitter, difference0, difference1),
            Subtract(emitter, sum0, sum1),
            AddTurned(emitter, difference0, difference1),
        ];
    }

    private static ComplexVariable[] InverseEight(KernelEmitter emitter, ComplexVariable[] z, Variable halfRoot)
    {
        ComplexVariable[] low = InverseFour(emitter, [z[0], z[1], z[2], z[3]]);
        ComplexVariable even2 = Add(emitter, z[4], z[5]);
        ComplexVariable even3 = Add(emitter, z[6], z[7]);
        ComplexVariable d2 = Subtract(emitter, z[4], z[5]);
        ComplexVariable d3 = Subtract(emitter, z[6], z[7]);
        // an eighth of a turn back, unscaled; the second one a further quarter back, its imaginary part negated
        Variable re2 = emitter.Add(d2.Re, d2.Im);
        Variable im2 = emitter.Subtract(d2.Im, d2.Re);
        Variable re3 = emitter.Subtract(d3.Im, d3.Re);
        Variable im3 = emitter.Add(d3.Re, d3.Im);
        ComplexVariable even = Add(emitter, even2, even3);
        ComplexVariable turned = Subtract(emitter, even2, even3);
        Variable sumRe = emitter.Add(re2, re3);
        Variable sumIm = emitter.Subtract(im2, im3);
        Variable differenceRe = emitter.Subtract(re2, re3);
        Variable differenceIm = emitter.Add(im2, im3);
        return
        [
            Add(emitter, low[0], even),
            new(emitter.MultiplyAdd(sumRe, halfRoot, low[1].Re), emitter.MultiplyAdd(sumIm, halfRoot, low[1].Im)),
            SubtractTurned(emitter, low[2], turned),
            new(emitter.MultiplyAdd(differenceIm, halfRoot, low[3].Re), emitter.NegatedMultiplyAdd(differenceRe, halfRoot, low[3].Im)),
            Subtract(emitter, low[0], even),
            new(emitter.NegatedMultiplyAdd(sumRe, halfRoot, low[1].Re), emitter.NegatedMultiplyAdd(sumIm, halfRoot, low[1].Im)),
            AddTurned(emitter, low[2], turned),
            new(emitter.NegatedMultiplyAdd(differenceIm, halfRoot, low[3].Re), emitter.MultiplyAdd(differenceRe, halfRoot, low[3].Im)),
        ];
    }

    private static ComplexVariable Add(KernelEmitter emitter, ComplexVariable a, ComplexVariable b) =>
        new(emitter.Add(a.Re, b.Re), emitter.Add(a.Im, b.Im));

    private static ComplexVariable Subtract(KernelEmitter emitter, ComplexVariable a, ComplexVariable b) =>
        new(emitter.Subtract(a.Re, b.Re), emitter.Subtract(a.Im, b.Im));

    /// <summary>a + ib.</summary>
    private static ComplexVariable AddTurned(KernelEmitter emitter, ComplexVariable a, ComplexVariable b) =>
        new(emitter.Subtract(a.Re, b.Im), emitter.Add(a.Im, b.Re));

    /// <summary>a - ib.</summary>
    private static ComplexVariable SubtractTurned(KernelEmitter emitter, ComplexVariable a, ComplexVariable b) =>
        new(emitter.Add(a.Re, b.Im), emitter.Subtract(a.Im, b.Re));
}
