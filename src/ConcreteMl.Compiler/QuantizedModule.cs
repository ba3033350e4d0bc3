using ConcreteMl.Artefacts;
using ConcreteMl.Data;
using ConcreteMl.Interop;
using ConcreteMl.Running;
using ConcreteMl.Steps;
using ConcreteMl.Tfhe.Programs;

namespace ConcreteMl;

/// <summary>
/// A compiled model: integers between the client's quantizer and dequantizer, run in clear, simulated or encrypted.
/// Keys made for <see cref="FheMode.Execute"/> live with the module and are wiped when it is disposed. Safe for concurrent use:
/// a run that has its keys keeps them to its end, whatever other runs and <see cref="Dispose"/> do; later runs of a disposed
/// module meet an ObjectDisposedException.
/// </summary>
public sealed partial class QuantizedModule : IDisposable
{
    private readonly StageTexts texts;
    private readonly TfheProgram program;
    private readonly ClientHalf half;
    private readonly ModuleClient client;
    private readonly ModuleRunner runner;
    private readonly SemaphoreSlim keyGate = new(1, 1);
    private ModuleKeys? keys;
    private string? keyFile;
    private volatile bool disposed;

    internal QuantizedModule(
        ModelSource source,
        StageTexts texts,
        TfheProgram program,
        CircuitReport report,
        RecordedOptions options,
        CalibrationFigures calibration,
        IReadOnlyList<Diagnostic> diagnostics,
        ClientHalf half
    )
    {
        Source = source;
        this.texts = texts;
        this.program = program;
        Report = report;
        Options = options;
        Calibration = calibration;
        Diagnostics = diagnostics;
        this.half = half;
        client = new ModuleClient(half);
        runner = new ModuleRunner(program, client);
    }

    /// <summary>
    /// Raised on the calling thread after <see cref="Forward"/> has run, or <see cref="QuantizeInput"/> has quantized, inputs of which
    /// values lay beyond the calibrated range. Such values take the nearest end of the range, in every mode.
    /// </summary>
    public event EventHandler<InputsClippedEventArgs>? InputsClipped;

    /// <summary>The inputs, in order.</summary>
    public IReadOnlyList<ModelPort> Inputs => client.Inputs;

    /// <summary>The outputs, in order.</summary>
    public IReadOnlyList<ModelPort> Outputs => client.Outputs;

    /// <summary>
    /// For each output the texts that its numbers from 0 on stand for, such as the names of classes; empty where it is numbers.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<string>> OutputLabels => client.OutputLabels;

    /// <summary>Widths, lookups, parameters and costs, layer by layer.</summary>
    public CircuitReport Report { get; }

    /// <summary>Warnings and notes of the compilation; among them why the module is not executable.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; }

    /// <summary>Parameters exist, so the module runs simulated and encrypted, not in clear only.</summary>
    public bool IsExecutable => program.IsExecutable;

    internal ModelSource Source { get; }

    /// <summary>The model that the module was made from.</summary>
    /// <exception cref="CompilationException">The module began with the text of a later stage.</exception>
    internal OnnxModel Model => Source.RequireModel();

    internal TfheProgram Program => program;

    internal RecordedOptions Options { get; }

    internal CalibrationFigures Calibration { get; }

    /// <summary>Runs the module on real numbers: one array per input, the first axis counts samples; so it does in the outputs.</summary>
    /// <exception cref="CompilationException">The inputs do not fit, or the module is not executable.</exception>
    public IReadOnlyList<Tensor> Forward(
        IReadOnlyList<Tensor> inputs,
        FheMode mode,
        RunOptions? options = null,
        IProgress<RunProgress>? progress = null,
        CancellationToken cancellation = default
    )
    {
        OptionRules.Require(mode);
        return Run(new SampleBinder(Inputs, "inputs").Bind(inputs), mode, options ?? new RunOptions(), progress, cancellation).Outputs;
    }

    /// <summary>The integer codes of real inputs; values outside the calibrated range take the nearest code.</summary>
    /// <exception cref="CompilationException">The inputs do not fit.</exception>
    public IReadOnlyList<IntegerTensor> QuantizeInput(IReadOnlyList<Tensor> inputs)
    {
        Samples samples = Bind(inputs);
        ClipCount clips = new(client.CircuitInputs);
        IReadOnlyList<IntegerTensor> codes = client.JoinInputs(client.Quantize(samples, clips), samples.Layout);
        OnClipped(clips);
        return codes;
    }

    /// <summary>Runs the module on integer codes.</summary>
    /// <exception cref="CompilationException">The codes do not fit, or the module is not executable.</exception>
    public IReadOnlyList<IntegerTensor> QuantizedForward(
        IReadOnlyList<IntegerTensor> inputs,
        FheMode mode,
        RunOptions? options = null,
        IProgress<RunProgress>? progress = null,
        CancellationToken cancellation = default
    )
    {
        (long[][][] codes, SampleLayout layout) = client.SplitInputs(inputs);
        Func<long[][]>[] samples = [.. codes.Select(sample => (Func<long[][]>)(() => sample))];
        return client.JoinOutputs(Integers(samples, mode, options ?? new RunOptions(), progress, cancellation).Codes, layout);
    }

    /// <summary>The real numbers that output codes stand for.</summary>
    /// <exception cref="CompilationException">The codes do not fit.</exception>
    public IReadOnlyList<Tensor> DequantizeOutput(IReadOnlyList<IntegerTensor> outputs)
    {
        (long[][][] codes, SampleLayout layout) = client.SplitOutputs(outputs);
        return client.Dequantize(codes, layout);
    }

    /// <summary>The text of a stage, from the ONNX file to the flat program; artefacts keep no planned stage.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="elide">Large constants as size and hash only; such a text cannot be read back.</param>
    public string Dump(Stage stage, bool elide = false) =>
        stage switch
        {
            Stage.Onnx => Model.Dump(elide: elide),
            Stage.Float => texts.Float(elide),
            Stage.Planned => texts.Planned(elide),
            Stage.Quant => texts.Quant(elide),
            Stage.Circuit => texts.Circuit(elide),
            Stage.Program => ProgramListing.Print(program),
            _ => throw new ArgumentOutOfRangeException(nameof(stage)),
        };

    /// <summary>A stage, to be run in clear, drawn, compared or changed by passes.</summary>
    /// <exception cref="CompilationException">The module began below the stage.</exception>
    public StageText Text(Stage stage) =>
        stage == Stage.Program ? new StageText(CoreText.Of(program)) : StageText.Parse(Dump(stage), Source.Name);

    /// <summary>The model on real numbers that this module was made from.</summary>
    /// <exception cref="CompilationException">The module began with the text of a later stage, and has no such model.</exception>
    public FloatModule ToFloat() => Source.Text is { Stage: Stage.Float } text ? text.ToFloat() : ModelCompiler.ToFloat(Model);

    /// <summary>
    /// Wipes the keys: at once, or when the last run on them ends; waits for keys that are being made. Later runs meet an
    /// ObjectDisposedException.
    /// </summary>
    public void Dispose()
    {
        disposed = true;
        keyGate.Wait();
        try
        {
            keys?.Dispose();
            keys = null;
        }
        finally
        {
            keyGate.Release();
        }
    }
}
