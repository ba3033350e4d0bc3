using System.Globalization;
using ConcreteMl.Data;
using ConcreteMl.Running;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using CoreCompile = ConcreteMl.Compiler.Core.Compile;
using CoreDefect = ConcreteMl.Compiler.Core.CompilerDefect;
using CoreDiagnostic = ConcreteMl.Compiler.Core.Base.Diagnostic;
using CorePipeline = ConcreteMl.Compiler.Core.Pipeline;
using CorePlugin = ConcreteMl.Compiler.Core.Tools.Plugin;
using CoreRegistry = ConcreteMl.Compiler.Core.Registry;
using CoreStage = ConcreteMl.Compiler.Core.Stage;
using CoreStageKind = ConcreteMl.Compiler.Core.StageKind;
using CoreStep = ConcreteMl.Compiler.Core.Step;
using CoreStepRecord = ConcreteMl.Compiler.Core.StepRecord;
using CoreTensor = ConcreteMl.Compiler.Core.Base.Tensor;
using CoreValidate = ConcreteMl.Compiler.Core.Tools.Validate;
using CoreWatch = ConcreteMl.Compiler.Core.Watch;

namespace ConcreteMl.Interop;

/// <summary>The steps of a compilation, and what is done around them.</summary>
internal static class CoreSteps
{
    internal static IReadOnlyList<PassInfo> All() => [.. CoreRegistry.all.Select(Info)];

    /// <summary>The stage of the compiler's own kind.</summary>
    internal static Stage Kind(CoreStageKind kind) => Enum.Parse<Stage>(kind.ToString(), ignoreCase: true);

    /// <summary>The pipeline with the passes that the options insert, and the names of those.</summary>
    internal static (FSharpList<CoreStep> Steps, HashSet<string> Foreign) Pipeline(CompileOptions options)
    {
        FSharpList<CoreStep> steps = CorePipeline.all(options.ImportQat);
        HashSet<string> known = [.. steps.Select(step => step.Name)];
        foreach (PassInsertion insertion in options.Passes)
        {
            CoreStep step = CoreResults.Take(CorePlugin.load(insertion.Assembly, insertion.Type));
            steps = CoreResults.Take(CorePlugin.place(insertion.After, insertion.Step, step, steps));
        }

        return (steps, [.. steps.Select(step => step.Name).Where(name => !known.Contains(name))]);
    }

    /// <summary>Shows every step, dumps those that changed something, and validates where that is asked for.</summary>
    internal static CoreWatch Watch(
        bool verify,
        bool validate,
        FSharpList<FSharpList<CoreTensor>> samples,
        Action<StepReport>? seen,
        string? folder,
        Action<Diagnostic> warn
    )
    {
        Unit Observe(CoreStepRecord record)
        {
            StepReport report = Report(record);
            seen?.Invoke(report);
            if (folder is not null && report.Changed)
            {
                string extension = report.Stage == Stage.Program ? "txt" : "mlir";
                string name = string.Create(CultureInfo.InvariantCulture, $"{report.Number:00}-{report.Name}.{extension}");
                Files.WriteText(Path.Combine(folder, name), report.Text());
            }

            return null!;
        }

        FSharpFunc<CoreDiagnostic, Unit> tell = FuncConvert.FromAction<CoreDiagnostic>(finding => warn(CoreValues.FromCore(finding)));
        return new CoreWatch(
            FuncConvert.FromFunc<CoreStepRecord, Unit>(Observe),
            verify,
            FuncConvert.FromFunc<CoreStepRecord, FSharpList<CoreDiagnostic>>(record =>
                validate ? CoreValidate.judge(tell, samples, record) : FSharpList<CoreDiagnostic>.Empty
            )
        );
    }

    /// <summary>Runs work whose steps come in part from outside: what one of those breaks is refused, and no defect of ours.</summary>
    internal static T Guard<T>(IReadOnlySet<string> foreign, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (CoreDefect defect) when (foreign.Contains(defect.Step))
        {
            throw new CompilationException([
                Diagnostic.Error(
                    "CML7008",
                    defect.Step,
                    $"the pass '{defect.Step}' left an illegal graph",
                    "a graph that its stage's verifier accepts; its findings follow",
                    $"Look at the graph with --print-after {defect.Step}"
                ),
                .. CoreValues.FromCore(defect.Findings),
            ]);
        }
    }

    private static StepReport Report(CoreStepRecord record) =>
        new(
            record.Number,
            record.Name,
            Kind(record.Result.Kind),
            record.Seconds,
            record.Changed,
            elide =>
                record.Result is CoreStage.Program program
                    ? ProgramListing.Print(program.Item)
                    : CoreCompile.printAfter(elide, record.Name, record.Result)
        );

    private static PassInfo Info(CoreStep step) =>
        new(
            step.Name,
            Kind(step.From),
            Kind(step.To),
            step.Summary,
            step.Reason,
            [.. step.Options.Select(option => new PassOptionInfo(option.Name, option.Summary, option.Accepts, option.Default))]
        );
}
