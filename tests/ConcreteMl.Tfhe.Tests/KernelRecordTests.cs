using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests;

/// <summary>
/// External products bit for bit as recorded in tests/vectors/kernels-SET.txt: an artefact's encrypted results must not change with the
/// way in which kernels are made. CML_BLESS=1 writes the record again.
/// </summary>
[TestFixture]
internal sealed unsafe class KernelRecordTests
{
    [TestCase("avx2")]
    [TestCase("avx512")]
    public void External_products_are_those_on_record(string name)
    {
        Assume.That(TransformTests.Isa(name), Is.Not.Null);
        string file = Tree.At("tests", "vectors", $"kernels-{name}.txt");
        string[] lines =
        [
            $"twiddles {Twiddles()}",
            .. Shapes()
                .Select(shape =>
                    Invariant($"k {shape.K}, N {shape.Size}, base 2^{shape.Gadget.BaseLog}, levels {shape.Gadget.Level}: ")
                    + Run(TransformTests.Isa(name)!, shape.K, shape.Size, shape.Gadget)
                ),
        ];
        if (Environment.GetEnvironmentVariable("CML_BLESS") == "1" && Environment.GetEnvironmentVariable("CI") is null)
            File.WriteAllText(file, string.Join('\n', lines) + '\n');
        string[] recorded = File.ReadAllLines(file);
        Assume.That(lines[0], Is.EqualTo(recorded[0]), "this system's sine and cosine round otherwise");
        Assert.That(lines, Is.EqualTo(recorded));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Every size, then every number of rows that has its own loop, then many levels.</summary>
    private static IEnumerable<(int K, int Size, GadgetDecomposition Gadget)> Shapes()
    {
        for (int size = 256; size <= 65536; size *= 2)
        {
            yield return (1, size, new(23, 1));
            if (size <= 16384)
                yield return (1, size, new(15, 2));
        }
        for (int k = 2; k <= 6; k++)
            yield return (k, 512, new(17, 1));
        yield return (2, 1024, new(12, 2));
        yield return (3, 512, new(8, 3));
        yield return (1, 2048, new(7, 5));
        yield return (1, 4096, new(9, 4));
    }

    private static string Twiddles()
    {
        double[] values = [.. Enumerable.Range(0, 4096).Select(i => RootOfUnity.At(i * (RootOfUnity.Turn / 65536)).Sine)];
        return Hash(MemoryMarshal.AsBytes<double>(values));
    }

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes))[..24];

    /// <summary>Two products, by a dense key, the second one of masks that are not zero; the hash of all words.</summary>
    private static string Run(VectorIsa isa, int k, int size, GadgetDecomposition gadget)
    {
        BigKeyParameters big = new(k, size, 0.0);
        BlindRotator rotator = FourierBackend.CreateRotator(isa, big, new LookupClassParameters(1, 0.0, new(4, 3), gadget, 0));
        Random random = new(size + k);
        using NativeBuffer<double> key = new(rotator.GgswLength);
        using NativeBuffer<double> coefficients = new(size);
        using NativeBuffer<double> spectrum = new(rotator.Transform.SpectrumLength);
        for (int row = 0; row < rotator.Rows; row++)
        for (int column = 0; column <= k; column++)
        {
            ulong[] polynomial = [.. Enumerable.Range(0, size).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue))];
            rotator.StoreWords(polynomial, key.Pointer, row, column, coefficients.Pointer, spectrum.Pointer);
        }
        using NativeBuffer<ulong> accumulator = new(rotator.AccumulatorLength);
        using NativeBuffer<ulong> body = new(size);
        using NativeBuffer<double> scratch = new(rotator.ScratchLength);
        for (int j = 0; j < size; j++)
            body.Pointer[j] = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
        rotator.SetTrivial(accumulator.Pointer, body.Pointer);
        foreach (int rotation in new[] { size + 5, size / 2 })
            rotator.AddExternalProduct(accumulator.Pointer, accumulator.Pointer, rotation, key.Pointer, key.Pointer, scratch.Pointer);
        ulong[] words = new ulong[(k + 1) * size];
        for (int component = 0; component <= k; component++)
            rotator.ReadComponent(accumulator.Pointer, component, words.AsSpan(component * size, size));
        return Hash(MemoryMarshal.AsBytes<ulong>(words));
    }
}
