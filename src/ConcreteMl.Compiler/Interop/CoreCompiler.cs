using System.Globalization;
using ConcreteMl.Artefacts;
using ConcreteMl.Data;
using ConcreteMl.Running;
using Microsoft.FSharp.Core;
using CoreCompilation = ConcreteMl.Compiler.Core.Compilation;
using CoreCompile = ConcreteMl.Compiler.Core.Compile;
using CoreSettings = ConcreteMl.Compiler.Core.Settings;
using CoreStage = ConcreteMl.Compiler.Core.Stage;
using CoreStepRecord = ConcreteMl.Compiler.Core.StepRecord;
using CoreTensor = ConcreteMl.Compiler.Core.Base.Tensor;

namespace ConcreteMl.Interop;

/// <summary>The compiler's whole way.</summary>
internal static class CoreCompiler
{
    internal static QuantizedModule Compile(
        OnnxModel model,
        Samples calibration,
        CompileOptions options,
        IProgress<CompileProgress>? progress,
        CancellationToken cancellation
    )
    {
        List<Diagnostic> findings = [.. model.Diagnostics];
        CoreCompilation made = CoreResults.Take(
            CoreCompile.run(
                FuncConvert.FromAction<CoreStepRecord>(record => Dump(record, options.DumpDirectory)),
                Settings(options, calibration),
                CoreContext.Make(findings, progress, options.Threads, cancellation),
                model.Core.Model
            )
        );
        return new QuantizedModule(
            model,
            StageTexts.OfStages(CoreStage.NewFloat(made.Float), CoreStage.NewQuant(made.Quant), CoreStage.NewParameterized(made.Circuit)),
            made.Program,
            CoreReport.Of(made.Cost, made.Program.IsExecutable),
            RecordedOptions.Of(options),
            CalibrationFigures.Of(model.Inputs, calibration),
            findings
        );
    }

    /// <summary>The text of a model's normalized float graph.</summary>
    internal static string Normalize(OnnxModel model, bool elide)
    {
        CoreSettings settings = Settings(new CompileOptions(), new Samples([], SampleLayout.Batch));
        return CoreCompile.print(
            elide,
            CoreStage.NewFloat(CoreResults.Take(CoreCompile.normalize(settings, CoreContext.Quiet, model.Core.Model)))
        );
    }

    private static CoreSettings Settings(CompileOptions options, Samples calibration) =>
        new(
            CoreOptions.Bits(options),
            options.ImportQat,
            CoreResults.List(calibration.Items.Select(sample => CoreResults.List<CoreTensor>(sample.Select(CoreValues.ToCore)))),
            CoreResults.Option(options.LookupBound),
            CoreResults.Option(options.GlobalPError),
            options.Security
        );

    private static void Dump(CoreStepRecord record, string? folder)
    {
        if (folder is null || !record.Changed)
        {
            return;
        }

        string name = string.Create(CultureInfo.InvariantCulture, $"{record.Number:00}-{record.Name}");
        (string extension, string text) = record.Result is CoreStage.Program program
            ? ("txt", ProgramListing.Print(program.Item))
            : ("mlir", CoreCompile.print(false, record.Result));
        Files.WriteText(Path.Combine(folder, $"{name}.{extension}"), text);
    }
}
