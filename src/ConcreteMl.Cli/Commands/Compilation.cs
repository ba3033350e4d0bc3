using System.Text;
using ConcreteMl.Cli.Output;
using ConcreteMl.Data;

namespace ConcreteMl.Cli.Commands;

/// <summary>Compiles a model or the text of a stage with its calibration file: what compile and dump share.</summary>
internal static class Compilation
{
    internal static QuantizedModule Run(
        Session session,
        string source,
        string? calibration,
        CompileOptions options,
        CancellationToken cancellation
    )
    {
        byte[] bytes = Files.Read(source);
        if (StageFile.IsText(source, bytes) && StageText.Parse(Encoding.UTF8.GetString(bytes), source) is { Stage: not Stage.Onnx } text)
        {
            Samples? data = calibration is null && !NeedsData(text.Stage) ? null : Bind(session, source, text.Inputs, calibration);
            return Finish(
                session,
                show =>
                    ModelCompiler.Compile(text, data ?? new Samples([], SampleLayout.Batch), calibration ?? "", options, show, cancellation)
            );
        }

        OnnxModel model = OnnxModel.Load(source);
        Samples samples = Bind(session, source, model.Inputs, calibration);
        return Finish(session, show => ModelCompiler.Compile(model, samples, calibration!, options, show, cancellation));
    }

    // Integers are decided on: what looked at data is done.
    private static bool NeedsData(Stage stage) => stage == Stage.Float;

    private static Samples Bind(Session session, string source, IReadOnlyList<ModelPort> inputs, string? calibration) =>
        Bind(session, inputs, Required(source, calibration)).Samples;

    /// <exception cref="CompilationException">There is no calibration file (CML6023).</exception>
    internal static string Required(string source, string? calibration)
    {
        if (calibration is null)
        {
            throw new CompilationException(
                new Diagnostic(
                    "CML6023",
                    DiagnosticSeverity.Error,
                    source,
                    "no calibration data is given",
                    "--calibration CALIB.npz",
                    "Give a hundred or more typical inputs, as arrays x0, x1, … of an .npz file"
                )
            );
        }

        return calibration;
    }

    /// <summary>The samples of a file, and all of its arrays.</summary>
    internal static (Samples Samples, IReadOnlyDictionary<string, Tensor> Arrays) Bind(
        Session session,
        IReadOnlyList<ModelPort> inputs,
        string path
    )
    {
        SampleBinder binder = new(inputs, path);
        IReadOnlyDictionary<string, Tensor> arrays = NpzFile.Load(path);
        Samples samples = binder.Bind(arrays, limit: null);
        session.Report(binder.Notes);
        return (samples, arrays);
    }

    private static QuantizedModule Finish(Session session, Func<IProgress<CompileProgress>, QuantizedModule> compile)
    {
        QuantizedModule module = session.WithProgress(
            "Compiling",
            show => compile(new Reporter<CompileProgress>(p => show(p.Step, p.Fraction)))
        );
        session.Report(module.Diagnostics);
        return module;
    }
}
