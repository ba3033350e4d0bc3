using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests;

/// <summary>How many ciphertexts go in step, by the cache that they are to stay in.</summary>
[TestFixture]
internal sealed class RotationsInStepTests
{
    private const int Unified = 3;
    private const int Data = 1;
    private const int Instructions = 2;

    // two accumulators of 32 kB each ciphertext beside twice 256 kB of key and 128 kB of digits
    [TestCase(1 << 20, 4, 1, 6)]
    [TestCase(3 << 19, 4, 1, 8)]
    [TestCase(1 << 20, 1, 3, 3)]
    [TestCase(2 << 20, 1, 3, 7)]
    [TestCase(2 << 20, 1, 4, 3)]
    [TestCase(2 << 20, 1, 6, 1)]
    public void As_many_go_in_step_as_the_cache_holds(long cache, int levels, int nu, int count) =>
        Assert.That(RotationsInStep.Fitting(cache, 1, 2048, levels, 1L << nu, words: 1, least: 1), Is.EqualTo(count));

    [Test]
    public void A_machine_takes_no_fewer_than_the_time_model_counts()
    {
        foreach (int nu in Enumerable.Range(1, 6))
        foreach (int levels in Enumerable.Range(1, 4))
            Assert.That(
                RotationsInStep.CapacityHere(1, 2048, levels, nu),
                Is.GreaterThanOrEqualTo(RotationsInStep.Capacity(1, 2048, levels, nu)),
                $"nu {nu}, {levels} levels"
            );
    }

    [TestCase(Unified, 2, 2L << 20)]
    [TestCase(Data, 2, 2L << 20)]
    [TestCase(Instructions, 2, 0)]
    [TestCase(Data, 1, 0)]
    [TestCase(Unified, 3, 0)]
    [TestCase(0, 0, 0)]
    public void A_cache_of_the_second_level_is_read_from_its_registers(int type, int level, long bytes)
    {
        const int ways = 16;
        const int line = 64;
        const int sets = 2048;
        Assert.That(SecondLevelCache.BytesOf(type | (level << 5), ((ways - 1) << 22) | (line - 1), sets - 1), Is.EqualTo(bytes));
    }

    [Test]
    public void The_cache_of_this_machine_is_unknown_or_of_a_size_that_caches_have() =>
        Assert.That(SecondLevelCache.Bytes, Is.Zero.Or.InRange(64 << 10, 64 << 20));
}
