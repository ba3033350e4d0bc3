using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests;

/// <summary>Keys that are disposed while calls run on them.</summary>
internal sealed class KeyLifetimeTests
{
    private static readonly ParameterSet Parameters = TestParameters.Toy(1, 256, 40, new GadgetDecomposition(15, 2));

    [Test]
    public void A_use_keeps_the_memory_and_the_last_one_frees_it()
    {
        ClientKey client = ClientKey.Generate(Parameters, new SeedSource.Repeatable(1));
        EvaluationKey evaluation = KeyGenerator.CreateEvaluationKey(client);
        Lifetime.Use first = client.Use();
        Lifetime.Use second = client.Use();
        client.Dispose();
        client.Dispose();
        Assert.That(client.Big.Masks.Length, Is.EqualTo(256));
        first.Dispose();
        Assert.That(client.Big.Masks.Length, Is.EqualTo(256));
        second.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _ = client.Big.Masks.Length);
        Lifetime.Use running = evaluation.Use();
        evaluation.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Lookup(evaluation, new ulong[257]));
        running.Dispose();
    }

    [Test]
    public void Every_call_on_a_disposed_key_is_refused()
    {
        ClientKey client = ClientKey.Generate(Parameters, new SeedSource.Repeatable(1));
        SeededEvaluationKey seeded = KeyGenerator.CreateSeeded(client);
        EvaluationKey evaluation = EvaluationKey.Expand(seeded);
        evaluation.Dispose();
        seeded.Dispose();
        client.Dispose();
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.key");
        Assert.Throws<ObjectDisposedException>(() => Lookup(evaluation, new ulong[257]));
        Assert.Throws<ObjectDisposedException>(() => EvaluationKey.Expand(seeded));
        Assert.Throws<ObjectDisposedException>(() => EvaluationKeyFile.WriteAsync(seeded, new MemoryStream()).GetAwaiter().GetResult());
        Assert.Throws<ObjectDisposedException>(() => client.EncryptSeeded([1UL]));
        Assert.Throws<ObjectDisposedException>(() => client.DecryptPhases(new ulong[257], new ulong[1]));
        Assert.Throws<ObjectDisposedException>(() => KeyGenerator.CreateSeeded(client));
        Assert.Throws<ObjectDisposedException>(() => KeyGenerator.CreateEvaluationKey(client));
        Assert.Throws<ObjectDisposedException>(() => ClientKeyFile.Save(client, path));
        Assert.That(File.Exists(path), Is.False);
    }

    [Test]
    public void Four_threads_look_up_until_the_key_is_disposed()
    {
        using ClientKey client = ClientKey.Generate(Parameters, new SeedSource.Repeatable(1));
        for (int round = 0; round < 10; round++)
        {
            EvaluationKey evaluation = KeyGenerator.CreateEvaluationKey(client);
            using Barrier start = new(5);
            Task<int>[] threads =
            [
                .. Enumerable
                    .Range(0, 4)
                    .Select(index => Task.Factory.StartNew(() => Run(client, evaluation, start), TaskCreationOptions.LongRunning)),
            ];
            start.SignalAndWait();
            Thread.Sleep(round);
            evaluation.Dispose();
            Task.WaitAll(threads);
        }
    }

    // Results are right to the last; then the key says that it is gone.
    private static int Run(ClientKey client, EvaluationKey evaluation, Barrier start)
    {
        start.SignalAndWait();
        for (int done = 0; ; done++)
        {
            int code = done % 16;
            ulong[] words = new ulong[257];
            client.EncryptSeeded([Torus.Encode(code, 4)]).Expand(words);
            try
            {
                Lookup(evaluation, words);
            }
            catch (ObjectDisposedException)
            {
                return done;
            }

            ulong[] phase = new ulong[1];
            client.DecryptPhases(words, phase);
            Assert.That(Torus.DecodeUnsigned(phase[0], 4), Is.EqualTo((ulong)(15 - code)));
        }
    }

    private static void Lookup(EvaluationKey evaluation, ulong[] words)
    {
        LookupTables tables = new();
        tables.Add([.. Enumerable.Range(0, 16).Select(code => Torus.Encode(15 - code, 4))]);
        Bootstrapper.Run(evaluation, 0, words, 1, tables, [0], words, 1, CancellationToken.None);
    }
}
