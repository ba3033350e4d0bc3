namespace ConcreteMl.Tfhe.Tests.KernelSource;

/// <summary>
/// Writes radix 2, 4 and 8 splits of a polynomial modulo X^L - c at the R-th roots of c. Forward: input k is multiplied by w^k,
/// w the first root, then a plain transform of size R; inverse: the conjugate transpose.
/// </summary>
internal static class Butterfly
{
    private const double HalfRoot = 0.70710678118654752440;

    /// <summary>Constants that a radix needs beside its twiddles, before the loop.</summary>
    internal static Variable[] Constants(KernelWriter writer, int radix) => radix == 8 ? [writer.Fill(HalfRoot)] : [];

    /// <summary>z * w.</summary>
    internal static ComplexVariable Multiply(KernelWriter writer, ComplexVariable z, ComplexVariable w)
    {
        Variable re = writer.Multiply(z.Im, w.Im);
        Variable im = writer.Multiply(z.Im, w.Re);
        return new(writer.MultiplySubtract(z.Re, w.Re, re), writer.MultiplyAdd(z.Re, w.Im, im));
    }

    /// <summary>z times the conjugate of w.</summary>
    internal static ComplexVariable MultiplyConjugate(KernelWriter writer, ComplexVariable z, ComplexVariable w)
    {
        Variable re = writer.Multiply(z.Im, w.Im);
        Variable im = writer.Multiply(z.Re, w.Im);
        return new(writer.MultiplyAdd(z.Re, w.Re, re), writer.MultiplySubtract(z.Im, w.Re, im));
    }

    /// <summary>Splits <paramref name="z"/>; <paramref name="twiddle"/> gives w^k for k from 1 on.</summary>
    internal static ComplexVariable[] Forward(
        KernelWriter writer,
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
            ComplexVariable low = k == 0 ? z[0] : Multiply(writer, z[k], twiddle(k));
            ComplexVariable high = Multiply(writer, z[k + half], twiddle(k + half));
            (sums[k], differences[k]) = (Add(writer, low, high), Subtract(writer, low, high));
        }
        return z.Length switch
        {
            2 => [sums[0], differences[0]],
            4 =>
            [
                Add(writer, sums[0], sums[1]),
                Subtract(writer, sums[0], sums[1]),
                AddTurned(writer, differences[0], differences[1]),
                SubtractTurned(writer, differences[0], differences[1]),
            ],
            _ => ForwardEight(writer, sums, differences, constants[0]),
        };
    }

    /// <summary>Undoes <see cref="Forward"/> up to the factor R.</summary>
    internal static ComplexVariable[] Inverse(
        KernelWriter writer,
        ComplexVariable[] z,
        Func<int, ComplexVariable> twiddle,
        Variable[] constants
    )
    {
        ComplexVariable[] joined = z.Length switch
        {
            2 => [Add(writer, z[0], z[1]), Subtract(writer, z[0], z[1])],
            4 => InverseFour(writer, z),
            _ => InverseEight(writer, z, constants[0]),
        };
        for (int k = 1; k < joined.Length; k++)
            joined[k] = MultiplyConjugate(writer, joined[k], twiddle(k));
        return joined;
    }

    private static ComplexVariable[] ForwardEight(KernelWriter writer, ComplexVariable[] a, ComplexVariable[] b, Variable halfRoot)
    {
        ComplexVariable even0 = Add(writer, a[0], a[2]);
        ComplexVariable even1 = Subtract(writer, a[0], a[2]);
        ComplexVariable odd0 = Add(writer, a[1], a[3]);
        ComplexVariable odd1 = Subtract(writer, a[1], a[3]);
        ComplexVariable even2 = AddTurned(writer, b[0], b[2]);
        ComplexVariable even3 = SubtractTurned(writer, b[0], b[2]);
        ComplexVariable odd2 = AddTurned(writer, b[1], b[3]);
        ComplexVariable odd3 = SubtractTurned(writer, b[1], b[3]);
        // an eighth of a turn of x + iy is ((x - y) + i(x + y)) * halfRoot
        Variable minus2 = writer.Subtract(odd2.Re, odd2.Im);
        Variable plus2 = writer.Add(odd2.Re, odd2.Im);
        Variable minus3 = writer.Subtract(odd3.Re, odd3.Im);
        Variable plus3 = writer.Add(odd3.Re, odd3.Im);
        return
        [
            Add(writer, even0, odd0),
            Subtract(writer, even0, odd0),
            AddTurned(writer, even1, odd1),
            SubtractTurned(writer, even1, odd1),
            new(writer.MultiplyAdd(minus2, halfRoot, even2.Re), writer.MultiplyAdd(plus2, halfRoot, even2.Im)),
            new(writer.NegatedMultiplyAdd(minus2, halfRoot, even2.Re), writer.NegatedMultiplyAdd(plus2, halfRoot, even2.Im)),
            new(writer.NegatedMultiplyAdd(plus3, halfRoot, even3.Re), writer.MultiplyAdd(minus3, halfRoot, even3.Im)),
            new(writer.MultiplyAdd(plus3, halfRoot, even3.Re), writer.NegatedMultiplyAdd(minus3, halfRoot, even3.Im)),
        ];
    }

    private static ComplexVariable[] InverseFour(KernelWriter writer, ComplexVariable[] z)
    {
        ComplexVariable sum0 = Add(writer, z[0], z[1]);
        ComplexVariable difference0 = Subtract(writer, z[0], z[1]);
        ComplexVariable sum1 = Add(writer, z[2], z[3]);
        ComplexVariable difference1 = Subtract(writer, z[2], z[3]);
        return
        [
            Add(writer, sum0, sum1),
            SubtractTurned(writer, difference0, difference1),
            Subtract(writer, sum0, sum1),
            AddTurned(writer, difference0, difference1),
        ];
    }

    private static ComplexVariable[] InverseEight(KernelWriter writer, ComplexVariable[] z, Variable halfRoot)
    {
        ComplexVariable[] low = InverseFour(writer, [z[0], z[1], z[2], z[3]]);
        ComplexVariable even2 = Add(writer, z[4], z[5]);
        ComplexVariable even3 = Add(writer, z[6], z[7]);
        ComplexVariable d2 = Subtract(writer, z[4], z[5]);
        ComplexVariable d3 = Subtract(writer, z[6], z[7]);
        // an eighth of a turn back, unscaled; the second one a further quarter back, its imaginary part negated
        Variable re2 = writer.Add(d2.Re, d2.Im);
        Variable im2 = writer.Subtract(d2.Im, d2.Re);
        Variable re3 = writer.Subtract(d3.Im, d3.Re);
        Variable im3 = writer.Add(d3.Re, d3.Im);
        ComplexVariable even = Add(writer, even2, even3);
        ComplexVariable turned = Subtract(writer, even2, even3);
        Variable sumRe = writer.Add(re2, re3);
        Variable sumIm = writer.Subtract(im2, im3);
        Variable differenceRe = writer.Subtract(re2, re3);
        Variable differenceIm = writer.Add(im2, im3);
        return
        [
            Add(writer, low[0], even),
            new(writer.MultiplyAdd(sumRe, halfRoot, low[1].Re), writer.MultiplyAdd(sumIm, halfRoot, low[1].Im)),
            SubtractTurned(writer, low[2], turned),
            new(writer.MultiplyAdd(differenceIm, halfRoot, low[3].Re), writer.NegatedMultiplyAdd(differenceRe, halfRoot, low[3].Im)),
            Subtract(writer, low[0], even),
            new(writer.NegatedMultiplyAdd(sumRe, halfRoot, low[1].Re), writer.NegatedMultiplyAdd(sumIm, halfRoot, low[1].Im)),
            AddTurned(writer, low[2], turned),
            new(writer.NegatedMultiplyAdd(differenceIm, halfRoot, low[3].Re), writer.MultiplyAdd(differenceRe, halfRoot, low[3].Im)),
        ];
    }

    private static ComplexVariable Add(KernelWriter writer, ComplexVariable a, ComplexVariable b) =>
        new(writer.Add(a.Re, b.Re), writer.Add(a.Im, b.Im));

    private static ComplexVariable Subtract(KernelWriter writer, ComplexVariable a, ComplexVariable b) =>
        new(writer.Subtract(a.Re, b.Re), writer.Subtract(a.Im, b.Im));

    /// <summary>a + ib.</summary>
    private static ComplexVariable AddTurned(KernelWriter writer, ComplexVariable a, ComplexVariable b) =>
        new(writer.Subtract(a.Re, b.Im), writer.Add(a.Im, b.Re));

    /// <summary>a - ib.</summary>
    private static ComplexVariable SubtractTurned(KernelWriter writer, ComplexVariable a, ComplexVariable b) =>
        new(writer.Add(a.Re, b.Im), writer.Subtract(a.Im, b.Re));
}
