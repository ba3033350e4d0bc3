using ConcreteMl.Cli.Output;
using ConcreteMl.Data;

namespace ConcreteMl.Cli.Commands;

/// <summary>Compiles a file with its calibration file, reporting findings and progress: what compile and dump share.</summary>
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
        OnnxModel model = OnnxModel.Load(source);
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

        SampleBinder binder = new(model.Inputs, calibration);
        Samples samples = binder.Bind(NpzFile.Load(calibration), limit: null);
        session.Report(binder.Notes);
        QuantizedModule module = session.WithProgress(
            "Compiling",
            show =>
                ModelCompiler.Compile(
                    model,
                    samples,
                    calibration,
                    options,
                    new Reporter<CompileProgress>(p => show(p.Step, p.Fraction)),
                    cancellation
                )
        );
        session.Report(module.Diagnostics);
        return module;
    }
}
