using System.CommandLine;
using System.Diagnostics;
using ConcreteMl.Cli.Output;
using ConcreteMl.Data;
using ConcreteMl.Running;

namespace ConcreteMl.Cli.Commands;

/// <summary>Runs samples in the mode that the command line names: what run and score share.</summary>
/// <param name="Outputs">One tensor per output, samples first.</param>
/// <param name="Samples">How many samples ran.</param>
/// <param name="Seconds">Time of the run without loading the model.</param>
/// <param name="Run">Codes and times; null in float mode.</param>
/// <param name="Labels">For each output the texts that its numbers stand for; empty where it is numbers.</param>
internal sealed record Inference(
    IReadOnlyList<Tensor> Outputs,
    int Samples,
    double Seconds,
    ModuleRun? Run,
    IReadOnlyList<IReadOnlyList<string>> Labels
)
{
    internal static Inference Of(
        string mode,
        string path,
        Source source,
        Samples samples,
        RunOptions options,
        Session session,
        CancellationToken cancellation
    )
    {
        Stopwatch watch = Stopwatch.StartNew();
        if (mode == "float")
        {
            FloatModule module = source.Float(samples);
            watch.Restart();
            IReadOnlyList<Tensor> outputs = session.WithProgress(
                "float",
                show => module.Forward(samples, options.Threads, new Reporter<double>(fraction => show("float", fraction)), cancellation)
            );
            return new Inference(outputs, samples.Items.Count, watch.Elapsed.TotalSeconds, null, module.OutputLabels);
        }

        FheMode fhe = mode switch
        {
            "clear" => FheMode.Disable,
            "simulate" => FheMode.Simulate,
            _ => FheMode.Execute,
        };
        QuantizedModule compiled = source.RequireModule(path, mode);
        ModuleRun run = session.WithProgress(
            mode,
            show =>
                compiled.Run(
                    samples,
                    fhe,
                    options,
                    new Reporter<RunProgress>(progress => show(progress.Step, progress.Fraction)),
                    cancellation
                )
        );
        session.Report(run.Clipped.Select(ClipCount.Warning));
        return new Inference(run.Outputs, samples.Items.Count, watch.Elapsed.TotalSeconds, run, compiled.OutputLabels);
    }
}
