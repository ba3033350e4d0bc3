using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests;

/// <summary>How keys are fetched ahead: chosen by the CPU's vendor, and without a say in results.</summary>
[TestFixture]
internal sealed unsafe class KeyFetchTests
{
    private const int Leaves = 2;
    private const int Rows = 3;

    [TestCase("AuthenticAMD", 0x1A, KeyFetch.Streaming)]
    [TestCase("AuthenticAMD", 0x19, KeyFetch.Second)]
    [TestCase("AuthenticAMD", 0x17, KeyFetch.Second)]
    [TestCase("GenuineIntel", 0x6, KeyFetch.All)]
    [TestCase("another CPU", 0x19, KeyFetch.All)]
    public void Vendor_and_family_decide_how_a_key_streams(string vendor, int family, KeyFetch fetch) =>
        Assert.That(KeyFetching.Of(vendor, family), Is.EqualTo(fetch));

    [TestCase("avx2")]
    [TestCase("avx512")]
    public void Every_way_of_fetching_gives_the_same_bits(string name)
    {
        Assume.That(TransformTests.Isa(name), Is.Not.Null);
        VectorIsa isa = TransformTests.Isa(name)!;
        double[] streaming = Run(isa, KeyFetch.Streaming);
        Assert.That(streaming.Distinct().Count(), Is.GreaterThan(Rows * Length(isa)));
        Assert.That(Run(isa, KeyFetch.All), Is.EqualTo(streaming));
        Assert.That(Run(isa, KeyFetch.Second), Is.EqualTo(streaming));
    }

    private static int Length(VectorIsa isa) => Leaves * 2 * isa.Lanes * isa.Lanes;

    private static double[] Numbers(VectorIsa isa)
    {
        Random random = new(isa.Lanes);
        return [.. Enumerable.Range(0, Rows * Length(isa)).Select(_ => random.NextDouble() - 0.5)];
    }

    /// <summary>Rows of digits through the forward leaves, multiplied with a key and inverted: digits, then sums.</summary>
    private static double[] Run(VectorIsa isa, KeyFetch fetch)
    {
        int length = Length(isa);
        nint stride = length * sizeof(double);
        double[] digits = Numbers(isa);
        double[] key = Numbers(isa);
        double[] sums = new double[length];
        // twiddles of any value will do: scalars and vectors of a leaf are fewer than its points
        double[] twiddles = [.. Numbers(isa), .. Numbers(isa)];
        fixed (
            double* d = digits,
                k = key,
                s = sums,
                t = twiddles
        )
        {
            isa.ForwardLeaves(fetch)((nint)d, (nint)t, Leaves, (nint)k, Rows, stride);
            isa.MultiplyInverseLeaves(fetch)((nint)d, (nint)k, (nint)s, (nint)t, Leaves, Rows, stride, (nint)k, 256, 256);
        }
        return [.. digits, .. sums];
    }
}
