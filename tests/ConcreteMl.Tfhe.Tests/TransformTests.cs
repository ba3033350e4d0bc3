using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests;

/// <summary>Transforms and external products against exact integer arithmetic, on every instruction set of this CPU.</summary>
[TestFixture]
internal sealed unsafe class TransformTests
{
    private static IEnumerable<TestCaseData> Backends()
    {
        foreach (int size in new[] { 256, 512, 1024, 2048, 4096, 8192 })
        {
            yield return new TestCaseData("portable", size);
            if (Avx2Isa.IsSupported)
                yield return new TestCaseData("avx2", size);
            if (Avx512Isa.IsSupported)
                yield return new TestCaseData("avx512", size);
        }
    }

    internal static VectorIsa? Isa(string name) =>
        name switch
        {
            "avx2" when Avx2Isa.IsSupported => Avx2Isa.Instance,
            "avx512" when Avx512Isa.IsSupported => Avx512Isa.Instance,
            _ => null,
        };

    [TestCaseSource(nameof(Backends))]
    public void Products_of_small_polynomials_equal_the_exact_convolution(string backend, int size)
    {
        NegacyclicTransform transform = Isa(backend) is { } isa ? new VectorTransform(isa, size) : new PortableTransform(size);
        Random random = new(size);
        long[] left = Enumerable.Range(0, size).Select(_ => (long)random.Next(-512, 512)).ToArray();
        long[] right = Enumerable.Range(0, size).Select(_ => (long)random.Next(-512, 512)).ToArray();
        double[] product = Product(transform, left, right);
        long[] expected = new long[size];
        for (int i = 0; i < size; i++)
        for (int j = 0; j < size; j++)
        {
            long term = left[i] * right[j];
            if (i + j < size)
                expected[i + j] += term;
            else
                expected[i + j - size] -= term;
        }
        for (int i = 0; i < size; i++)
            Assert.That(product[i], Is.EqualTo((double)expected[i]).Within(1e-5));
    }

    [TestCaseSource(nameof(Backends))]
    public void External_products_stay_within_the_transform_error_of_the_exact_ones(string backend, int size)
    {
        (int, int, int)[] shapes = [(1, 23, 1), (2, 12, 2), (1, 7, 3)];
        foreach ((int k, int baseLog, int level) in shapes)
        {
            if (size > 2048 && k > 1)
                continue;
            BigKeyParameters big = new(k, size, 0.0);
            LookupClassParameters lookup = new(1, 0.0, new(4, 3), new(baseLog, level), 0);
            ExternalProductCase one = new(FourierBackend.CreateRotator(Isa(backend), big, lookup));
            int[] rotations = [0, 1, 7, size / 2 + 3, size - 1, size, size + 9, 2 * size - 1];
            foreach (int rotation in rotations)
            {
                Assert.That(one.LargestError(rotation), Is.LessThan(ExternalProductCase.Bound), $"k {k}, rotation {rotation}");
                double pair = one.LargestPairError(rotation, 2 * size - 5 - rotation / 3);
                Assert.That(pair, Is.LessThan(ExternalProductCase.Bound), $"k {k}, pair of {rotation}");
            }
        }
    }

    [TestCase(16384)]
    [TestCase(32768)]
    [TestCase(65536)]
    public void Large_external_products_agree_between_vector_and_plain_kernels(int size)
    {
        BigKeyParameters big = new(1, size, 0.0);
        LookupClassParameters lookup = new(1, 0.0, new(4, 3), new(15, 2), 0);
        ExternalProductCase one = new(FourierBackend.CreateRotator(big, lookup));
        Assert.That(one.LargestError(size + 77), Is.LessThan(ExternalProductCase.Bound));
        Assert.That(one.LargestPairError(size + 77, size / 2 - 3), Is.LessThan(ExternalProductCase.Bound));
    }

    [TestCase(3)]
    [TestCase(4)]
    [TestCase(5)]
    [TestCase(6)]
    public void External_products_of_many_rows_are_right(int k)
    {
        BigKeyParameters big = new(k, 256, 0.0);
        LookupClassParameters lookup = new(1, 0.0, new(4, 3), new(7, 2), 0);
        ExternalProductCase one = new(FourierBackend.CreateRotator(big, lookup));
        Assert.That(one.LargestError(300), Is.LessThan(ExternalProductCase.Bound));
        Assert.That(one.LargestPairError(300, 0), Is.LessThan(ExternalProductCase.Bound));
    }

    private static double[] Product(NegacyclicTransform transform, long[] left, long[] right)
    {
        int size = left.Length;
        using NativeBuffer<double> real = new(size);
        using NativeBuffer<double> first = new(transform.SpectrumLength);
        using NativeBuffer<double> second = new(transform.SpectrumLength);
        using NativeBuffer<double> sum = new(transform.SpectrumLength);
        for (int i = 0; i < size; i++)
            real.Pointer[i] = left[i];
        transform.Forward(real.Pointer, first.Pointer);
        for (int i = 0; i < size; i++)
            real.Pointer[i] = right[i];
        transform.Forward(real.Pointer, second.Pointer);
        transform.MultiplyAdd(first.Pointer, second.Pointer, sum.Pointer);
        transform.Inverse(sum.Pointer, real.Pointer);
        return real.Slice(0, size).ToArray();
    }
}
