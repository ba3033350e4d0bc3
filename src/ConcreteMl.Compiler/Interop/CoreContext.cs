using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using CoreBaseContext = ConcreteMl.Compiler.Core.Base.Context;
using CoreBaseContextModule = ConcreteMl.Compiler.Core.Base.ContextModule;
using CoreDiagnostic = ConcreteMl.Compiler.Core.Base.Diagnostic;
using CoreTensor = ConcreteMl.Compiler.Core.Base.Tensor;

namespace ConcreteMl.Interop;

/// <summary>What passes may use beside their input.</summary>
internal static class CoreContext
{
    /// <summary>Discards warnings and progress; one thread.</summary>
    internal static CoreBaseContext Quiet => CoreBaseContextModule.quiet;

    /// <summary>Collects warnings, passes progress on, and ends the work when it is cancelled.</summary>
    internal static CoreBaseContext Make(
        ICollection<Diagnostic> warnings,
        IProgress<CompileProgress>? progress,
        int threads,
        CancellationToken cancellation
    )
    {
        Unit Warn(CoreDiagnostic diagnostic)
        {
            lock (warnings)
            {
                warnings.Add(CoreValues.FromCore(diagnostic));
            }

            return null!;
        }

        Unit Report(string step, double fraction)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(new CompileProgress(step, fraction));
            return null!;
        }

        return new CoreBaseContext(
            FuncConvert.FromFunc<CoreDiagnostic, Unit>(Warn),
            FuncConvert.FromFunc<string, double, Unit>(Report),
            threads > 0 ? threads : Environment.ProcessorCount,
            cancellation,
            FSharpList<FSharpList<CoreTensor>>.Empty,
            new FSharpMap<string, string>([])
        );
    }
}
