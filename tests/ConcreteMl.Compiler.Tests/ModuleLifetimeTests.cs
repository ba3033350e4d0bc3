using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>Modules that are disposed, or given other keys, while they run encrypted.</summary>
internal sealed class ModuleLifetimeTests
{
    private Scratch scratch = null!;

    [SetUp]
    public void Open() => scratch = new Scratch();

    [TearDown]
    public void Close() => scratch.Dispose();

    [Test]
    public void A_disposed_module_runs_in_no_mode_and_makes_no_keys()
    {
        QuantizedModule module = Tiny();
        module.Dispose();
        module.Dispose();
        string keys = scratch.At("late.key");
        foreach (FheMode mode in Enum.GetValues<FheMode>())
        {
            Assert.Throws<ObjectDisposedException>(() => module.Forward([Sample()], mode, new RunOptions { KeyFile = keys }));
        }

        Assert.That(File.Exists(keys), Is.False);
    }

    [Test]
    public void Four_threads_with_two_key_files_all_compute_the_same()
    {
        using QuantizedModule module = Tiny();
        float[] expected = module.Forward([Sample()], FheMode.Disable)[0].Values<float>().ToArray();
        Parallel.For(
            0,
            12,
            new ParallelOptions { MaxDegreeOfParallelism = 4 },
            index =>
            {
                RunOptions options = new() { KeyFile = scratch.At($"{index % 2}.key"), Threads = 1 };
                float[] met = module.Forward([Sample()], FheMode.Execute, options)[0].Values<float>().ToArray();
                Assert.That(met, Is.EqualTo(expected));
            }
        );
    }

    [Test]
    public void Dispose_during_a_run_leaves_it_its_keys_and_refuses_the_next()
    {
        for (int round = 0; round < 3; round++)
        {
            QuantizedModule module = Tiny();
            float[] expected = module.Forward([Sample()], FheMode.Disable)[0].Values<float>().ToArray();
            using CountdownEvent running = new(4);
            Task[] threads =
            [
                .. Enumerable
                    .Range(0, 4)
                    .Select(_ => Task.Factory.StartNew(() => Run(module, expected, running), TaskCreationOptions.LongRunning)),
            ];
            running.Wait();
            module.Dispose();
            Task.WaitAll(threads);
        }
    }

    private static void Run(QuantizedModule module, float[] expected, CountdownEvent running)
    {
        for (bool first = true; ; first = false)
        {
            try
            {
                float[] met = module.Forward([Sample()], FheMode.Execute, new RunOptions { Threads = 1 })[0].Values<float>().ToArray();
                Assert.That(met, Is.EqualTo(expected));
            }
            catch (ObjectDisposedException)
            {
                return;
            }

            if (first)
            {
                running.Signal();
            }
        }
    }

    private static Tensor Sample() => Tensor.Create(new float[] { 0.5f, -0.25f, 1f, -1f }, 1, 4);

    /// <summary>A layer of four units at two bits: keys in a moment, runs in milliseconds.</summary>
    private static QuantizedModule Tiny() => TinyModel.Compile();
}
