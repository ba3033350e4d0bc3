using ConcreteMl.Data;
using ConcreteMl.Running;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>Samples that run encrypted together.</summary>
internal sealed class BatchTests
{
    private const int Count = 5;

    /// <summary>With two samples a batch the last is not full.</summary>
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(64)]
    public void Batches_of_any_size_give_every_sample_its_clear_result_and_its_times(int size)
    {
        using QuantizedModule module = TinyModel.Compile();
        Tensor inputs = Tensor.Create(TinyModel.Calibration().Values<float>()[..(4 * Count)].ToArray(), Count, 4);
        Samples samples = new SampleBinder(module.Inputs, "inputs").Bind([inputs]);
        ModuleRun clear = module.Run(samples, FheMode.Disable, new RunOptions(), null, CancellationToken.None);
        ModuleRun encrypted = module.Run(samples, FheMode.Execute, new RunOptions { BatchSize = size }, null, CancellationToken.None);
        Assert.That(encrypted.Codes[0].Data, Is.EqualTo(clear.Codes[0].Data));
        EncryptedTimes times = encrypted.Encrypted!;
        Assert.That(new[] { times.EncryptSeconds.Count, times.RunSeconds.Count, times.DecryptSeconds.Count }, Is.All.EqualTo(Count));
        Assert.That(times.RunSeconds.Distinct().Count(), Is.EqualTo(size == 1 ? Count : (Count + size - 1) / size));
    }
}
