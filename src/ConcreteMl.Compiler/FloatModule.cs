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
        OutputLabels = core.OutputLabels;
    }

    /// <summary>The inputs, in order.</summary>
    public IReadOnlyList<ModelPort> Inputs { get; }

    /// <summary>The outputs, in order.</summary>
    public IReadOnlyList<ModelPort> Outputs { get; }

    /// <summary>
    /// For each output the texts that its numbers from 0 on stand for, such as the names of classes; empty where it is numbers.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<string>> OutputLabels { get; }

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
            (index, loop) =>
            {
                try
                {
                    outputs[index] = core.Evaluate(samples.Items[index]);
                    progress?.Report((double)Interlocked.Increment(ref done) / outputs.Length);
                }
                catch (CompilationException refusal)
                {
                    // samples before this one still run: the first that is refused is the one to tell
                    refusals[index] = refusal;
                    loop.Break();
                }
            }
        );
        if (Array.TrueForAll(refusals, refusal => refusal is null))
        {
            for (int sample = 1; sample < outputs.Length; sample++)
            {
                refusals[sample] = Unlike(outputs[0], outputs[sample]);
            }
        }

        int first = Array.FindIndex(refusals, refusal => refusal is not null);
        return first < 0 ? Samples.Join(outputs, samples.Layout) : throw OfSample(refusals[first]!, first);
    }

    // Shapes that depend on data cannot be joined in one array.
    private static CompilationException? Unlike(IReadOnlyList<Tensor> first, IReadOnlyList<Tensor> other)
    {
        int output = Enumerable.Range(0, first.Count).FirstOrDefault(index => !first[index].Shape.SequenceEqual(other[index].Shape), -1);
        return output < 0
            ? null
            : CoreFloat.NotComputable(
                new InvalidOperationException(
                    $"output {output} is {other[output]}, that of sample 0 {first[output]}: shapes depend on the data"
                )
            );
    }

    private static CompilationException OfSample(CompilationException refusal, int sample) =>
        new([.. refusal.Diagnostics.Select(finding => finding with { Message = $"sample {sample}: {finding.Message}" })]);
}
