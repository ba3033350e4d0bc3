using ConcreteMl.AspNetCore.Tests;
using NUnit.Framework;

namespace ConcreteMl.Orleans.Tests;

/// <summary>Batches on silos: right answers in order, keys where they are needed, nothing lost when a silo goes.</summary>
[NonParallelizable]
public sealed class ClusterTests
{
    private readonly Owner owner = new(TinyHalves.Client);

    [OneTimeTearDown]
    public void Forget() => owner.Dispose();

    [Test]
    public async Task A_batch_gives_what_one_process_gives_and_lies_on_both_silos()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(options => options.KeyPartBytes = 10_000);
        Tensor x = TinyHalves.Samples(12, 3);
        List<double> fractions = [];
        EncryptedOutputs outputs = await cluster.Client.RunAsync("tiny", Key(), owner.Encrypt(x), new Steps(fractions.Add));
        Assert.That(owner.Decrypt(outputs), Is.EqualTo(TinyHalves.Clear(x)));
        Assert.That(cluster.KeyFiles(), Has.Length.EqualTo(2), "each silo was sent the key once");
        Assert.That(fractions.Max(), Is.EqualTo(1));
        Assert.That(fractions.Min(), Is.GreaterThanOrEqualTo(0));
    }

    [Test]
    public async Task One_sample_takes_its_key_to_one_silo_and_always_to_the_same()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync();
        for (int run = 0; run < 3; run++)
        {
            Tensor x = TinyHalves.Samples(1, run);
            EncryptedOutputs outputs = await cluster.Client.RunAsync("tiny", Key(), owner.Encrypt(x));
            Assert.That(owner.Decrypt(outputs), Is.EqualTo(TinyHalves.Clear(x)));
            Assert.That(cluster.KeyFiles(), Has.Length.EqualTo(1));
        }
    }

    [Test]
    public async Task A_silo_that_is_killed_in_the_middle_loses_nothing()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync();
        Tensor x = TinyHalves.Samples(200, 5);
        TaskCompletionSource begun = new();
        Steps watch = new(fraction =>
        {
            if (fraction > 0.1)
                begun.TrySetResult();
        });
        Task<EncryptedOutputs> running = cluster.Client.RunAsync("tiny", Key(), owner.Encrypt(x), watch);
        await Task.WhenAny(begun.Task, running);
        Assert.That(running.IsCompleted, Is.False, "the silo is killed while it computes");
        await cluster.Silos.KillSiloAsync(cluster.Silos.Silos[1]);
        Assert.That(owner.Decrypt(await running), Is.EqualTo(TinyHalves.Clear(x)));
    }

    [Test]
    public async Task Clients_of_different_keys_are_served_side_by_side()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync();
        using Owner other = new(TinyHalves.Client);
        Tensor x = TinyHalves.Samples(10, 7);
        Task<EncryptedOutputs> mine = cluster.Client.RunAsync("tiny", Key(), owner.Encrypt(x));
        Task<EncryptedOutputs> theirs = cluster.Client.RunAsync("tiny", Key(other), other.Encrypt(x));
        Assert.That(owner.Decrypt(await mine), Is.EqualTo(TinyHalves.Clear(x)));
        Assert.That(other.Decrypt(await theirs), Is.EqualTo(TinyHalves.Clear(x)));
    }

    [Test]
    public async Task What_no_silo_can_compute_is_refused_at_once()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync();
        using Owner other = new(TinyHalves.Client);
        EncryptedInputs inputs = owner.Encrypt(TinyHalves.Samples(2, 9));
        ClusterException foreign = Assert.ThrowsAsync<ClusterException>(() => cluster.Client.RunAsync("tiny", Key(other), inputs))!;
        Assert.That((foreign.Status, foreign.Code), Is.EqualTo((400, "CML6208")));
        byte[] damaged = [.. owner.Key];
        damaged[^20] ^= 1;
        ClusterKey wrong = Key(owner) with { OpenAsync = _ => Task.FromResult<Stream>(new MemoryStream(damaged)) };
        ClusterException broken = Assert.ThrowsAsync<ClusterException>(() => cluster.Client.RunAsync("tiny", wrong, inputs))!;
        Assert.That(broken.Status, Is.EqualTo(400));
    }

    [Test]
    public async Task A_model_that_no_silo_has_fails_after_the_attempts_that_are_allowed()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(options => options.Attempts = 2);
        EncryptedInputs inputs = owner.Encrypt(TinyHalves.Samples(1, 9));
        ClusterException missing = Assert.ThrowsAsync<ClusterException>(() => cluster.Client.RunAsync("none", Key(), inputs))!;
        Assert.That((missing.Status, missing.Code), Is.EqualTo((404, "CML6402")));
    }

    [Test]
    public async Task Nobody_computes_on_for_a_batch_that_is_cancelled()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync();
        using CancellationTokenSource stop = new();
        Steps watch = new(fraction =>
        {
            if (fraction > 0.05)
                stop.Cancel();
        });
        Task<EncryptedOutputs> running = cluster.Client.RunAsync(
            "tiny",
            Key(),
            owner.Encrypt(TinyHalves.Samples(200, 5)),
            watch,
            stop.Token
        );
        Assert.That(async () => await running, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task A_large_layer_of_one_sample_is_computed_by_both_silos()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync();
        using Owner wide = new(TinyHalves.WideClient);
        Tensor x = TinyHalves.Samples(1, 11);
        double[] clear = TinyHalves.WideClear(x);
        // the other silo gets the key while the first samples run
        for (int run = 0; run < 50 && cluster.Helped == 0; run++)
        {
            EncryptedOutputs outputs = await cluster.Client.RunAsync("wide", Key(wide), wide.Encrypt(x));
            Assert.That(wide.Decrypt(outputs), Is.EqualTo(clear));
        }

        Assert.That(cluster.Helped, Is.Positive);
        Assert.That(cluster.KeyFiles(), Has.Length.EqualTo(2));
    }

    [Test]
    public async Task Silos_make_room_for_new_keys_by_dropping_those_that_were_not_used_for_longest()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(silos: options =>
            (options.KeysPerClient, options.KeyStoreBytes) = (1, (5 * owner.Key.Length) / 2)
        );
        using Owner second = new(TinyHalves.Client);
        using Owner third = new(TinyHalves.Client);
        Tensor x = TinyHalves.Samples(4, 13);
        double[] clear = TinyHalves.Clear(x);
        foreach (Owner one in new[] { owner, second, third, owner })
        {
            Assert.That(one.Decrypt(await cluster.Client.RunAsync("tiny", Key(one), one.Encrypt(x))), Is.EqualTo(clear));
            Assert.That(cluster.KeyFiles(), Has.Length.InRange(2, 4));
        }
    }

    private ClusterKey Key() => Key(owner);

    private static ClusterKey Key(Owner owner) => new(owner.KeyName, _ => Task.FromResult<Stream>(new MemoryStream(owner.Key)));

    private sealed class Steps(Action<double> seen) : IProgress<double>
    {
        private readonly Lock one = new();

        public void Report(double value)
        {
            lock (one)
                seen(value);
        }
    }
}
