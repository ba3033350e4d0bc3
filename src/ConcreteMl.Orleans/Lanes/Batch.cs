using System.Threading.Channels;
using ConcreteMl.Tfhe.Programs;

namespace ConcreteMl.Orleans;

/// <summary>The samples of a batch: those that no lane has, what each has come to, and the results.</summary>
internal sealed class Batch
{
    private readonly EncryptedInputs inputs;
    private readonly IProgress<double>? progress;
    private readonly EncryptedResult[] results;
    private readonly double[] fractions;
    private readonly Channel<BatchSample> open = Channel.CreateUnbounded<BatchSample>();
    private int left;

    internal Batch(EncryptedInputs inputs, IProgress<double>? progress)
    {
        this.inputs = inputs;
        this.progress = progress;
        left = inputs.Samples.Count;
        results = new EncryptedResult[left];
        fractions = new double[left];
        for (int index = 0; index < left; index++)
            GiveBack(new BatchSample(index));
    }

    /// <summary>The results, once all are there.</summary>
    internal EncryptedOutputs Outputs => new(results, inputs.Axis);

    /// <summary>Samples to compute, until all are computed.</summary>
    internal IAsyncEnumerable<BatchSample> TakeAsync(CancellationToken cancellation) => open.Reader.ReadAllAsync(cancellation);

    /// <summary>Another lane may take it.</summary>
    internal void GiveBack(BatchSample sample) => open.Writer.TryWrite(sample);

    /// <summary>A sample's inputs as they are sent.</summary>
    internal async Task<byte[]> WriteAsync(BatchSample sample)
    {
        using MemoryStream stream = new();
        await new EncryptedInputs([inputs.Samples[sample.Index]], inputs.Axis).WriteToAsync(stream);
        return stream.ToArray();
    }

    /// <summary>How far a sample is, from 0 to 1.</summary>
    internal void Report(BatchSample sample, double fraction)
    {
        Volatile.Write(ref fractions[sample.Index], fraction);
        progress?.Report(fractions.Sum() / fractions.Length);
    }

    /// <summary>A sample's outputs as they were sent.</summary>
    internal async Task EndAsync(BatchSample sample, byte[] outputs)
    {
        EncryptedOutputs read = await EncryptedOutputs.ReadFromAsync(new MemoryStream(outputs));
        results[sample.Index] = read.Samples[0];
        Report(sample, 1);
        if (Interlocked.Decrement(ref left) == 0)
            open.Writer.Complete();
    }
}
