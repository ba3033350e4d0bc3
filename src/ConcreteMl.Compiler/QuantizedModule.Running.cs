using ConcreteMl.Data;
using ConcreteMl.Running;
using ConcreteMl.Tfhe;
using ConcreteMl.Tfhe.Programs;

namespace ConcreteMl;

/// <content>Runs, and the keys they need.</content>
public sealed partial class QuantizedModule
{
    /// <summary>Runs samples, and says what was counted and timed.</summary>
    internal ModuleRun Run(
        Samples samples,
        FheMode mode,
        RunOptions options,
        IProgress<RunProgress>? progress,
        CancellationToken cancellation
    )
    {
        ClipCount clips = new(client.CircuitInputs);
        Func<long[][]>[] codes = [.. client.Enter(samples).Items.Select(sample => (Func<long[][]>)(() => client.Quantize(sample, clips)))];
        (IReadOnlyList<long[][]> outputs, ExecutionStatistics? counted, EncryptedTimes? times) = Integers(
            codes,
            mode,
            options,
            progress,
            cancellation
        );
        OnClipped(clips);
        return new ModuleRun(
            client.Dequantize(outputs, samples.Layout),
            client.JoinOutputs(outputs, samples.Layout),
            counted,
            times,
            Report.Bootstraps,
            clips.Found
        );
    }

    /// <summary>Clear, simulated and encrypted runs compared, every lookup decrypted.</summary>
    internal ModuleComparison Compare(Samples samples, RunOptions options, IProgress<RunProgress>? progress, CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        using ModuleKeys.Run run = Enter(options, progress, cancellation);
        return runner.Compare(
            client.Enter(samples),
            run.Keys,
            Report,
            given => Text(Stage.Circuit).Core.Circuit(given),
            options,
            progress,
            cancellation
        );
    }

    private void OnClipped(ClipCount clips)
    {
        IReadOnlyList<ClippedInput> found = clips.Found;
        if (found.Count > 0)
        {
            InputsClipped?.Invoke(this, new InputsClippedEventArgs(found));
        }
    }

    private (IReadOnlyList<long[][]> Codes, ExecutionStatistics? Counted, EncryptedTimes? Times) Integers(
        Func<long[][]>[] samples,
        FheMode mode,
        RunOptions options,
        IProgress<RunProgress>? progress,
        CancellationToken cancellation
    )
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        OptionRules.Require(mode);
        OptionRules.Require(options);
        try
        {
            if (mode == FheMode.Execute)
            {
                using ModuleKeys.Run run = Enter(options, progress, cancellation);
                (IReadOnlyList<long[][]> codes, EncryptedTimes times) = runner.Encrypted(
                    samples,
                    run.Keys,
                    options,
                    null,
                    progress,
                    cancellation
                );
                return (codes, null, times);
            }

            if (mode == FheMode.Simulate)
            {
                Parameters();
            }

            long[][][] inputs = [.. samples.Select(sample => sample())];
            ExecutionResult result = runner.Integers(inputs, mode, options, progress, cancellation);
            return (result.Outputs, result.Statistics, null);
        }
        catch (ProgramInputException problem)
        {
            throw new CompilationException(
                Diagnostic.Error(
                    "CML6304",
                    "inputs",
                    problem.Message,
                    "codes that the module's inputs can hold",
                    "Quantize real inputs with QuantizeInput"
                )
            );
        }
    }

    /// <summary>Users' inputs as the circuit takes them.</summary>
    private Samples Bind(IReadOnlyList<Tensor> inputs)
    {
        return client.Enter(new SampleBinder(Inputs, "inputs").Bind(inputs));
    }

    /// <summary>A run on the keys that the options name, read or made when they are not at hand.</summary>
    private ModuleKeys.Run Enter(RunOptions options, IProgress<RunProgress>? progress, CancellationToken cancellation)
    {
        ParameterSet parameters = Parameters();
        keyGate.Wait(cancellation);
        try
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (keys is null || (options.KeyFile is not null && options.KeyFile != keyFile))
            {
                keys?.Dispose();
                keys = null;
                keys = ModuleKeys.Open(parameters, options.KeyFile, progress, cancellation);
                keyFile = options.KeyFile;
            }

            return keys.Enter();
        }
        finally
        {
            keyGate.Release();
        }
    }

    private ParameterSet Parameters() =>
        program.Parameters
        ?? throw new CompilationException([
            Diagnostic.Error(
                "CML6301",
                Source.Name,
                "the module has no parameters for encrypted execution, so it runs in float and clear alone",
                "an executable module",
                "Compile with fewer bits or with rounding; the compilation's own findings follow"
            ),
            .. Diagnostics.Where(finding => finding.Severity == DiagnosticSeverity.Warning),
        ]);
}
