using ConcreteMl.Data;
using ConcreteMl.Interop;

namespace ConcreteMl;

/// <summary>A model on real numbers, as ONNX defines it: the normalized graph with its interpreter, nothing quantized.</summary>
public sealed class FloatModule
{
    private readonly CoreFloat core;

    internal FloatModule(CoreFloat core, IReadOnlyList<ModelPort> inputs, IReadOnlyList<ModelPort> outputs)
    {
        this.core = core;
        Inputs = inputs;
        Outputs = outputs;
    }

    /// <summary>The inputs, in order.</summary>
    public IReadOnlyList<ModelPort> Inputs { get; }

    /// <summary>The outputs, in order.</summary>
    public IReadOnlyList<ModelPort> Outputs { get; }

    /// <summary>Runs the model: one array per input, the first axis counts samples; so it does in the outputs.</summary>
    /// <exception cref="CompilationException">The arrays do not fit the inputs.</exception>
    public IReadOnlyList<Tensor> Forward(IReadOnlyList<Tensor> inputs, CancellationToken cancellation = default) =>
        Forward(new SampleBinder(Inputs, "inputs").Bind(inputs), 0, null, cancellation);

    /// <summary>The graph in MLIR's generic form.</summary>
    /// <param name="elide">Large constants as size and hash only; such a text cannot be read back.</param>
    public string Dump(bool elide = false) => core.Print(elide);

    internal IReadOnlyList<Tensor> Forward(Samples samples, int threads, IProgress<double>? progress, CancellationToken cancellation)
    {
        IReadOnlyList<Tensor>[] outputs = new IReadOnlyList<Tensor>[samples.Items.Count];
        int done = 0;
        ParallelOptions options = new()
        {
            MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount,
            CancellationToken = cancellation,
        };
        CompilationException?[] refusals = new CompilationException?[outputs.Length];
        Parallel.For(
            0,
            outputs.Length,
            options,
            (index, state) =>
            {
                try
                {
                    outputs[index] = core.Evaluate(samples.Items[index]);
                }
                catch (CompilationException refusal)
                {
                    // Samples before this one are still computed, so that the first refusal is always the same.
                    refusals[index] = refusal;
                    state.Break();
                }

                progress?.Report((double)Interlocked.Increment(ref done) / outputs.Length);
            }
        );
        if (Array.Find(refusals, refusal => refusal is not null) is { } first)
        {
            throw first;
        }

        return Samples.Join(outputs, samples.Layout);
    }
}
