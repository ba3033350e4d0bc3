using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using CoreDiagnostic = ConcreteMl.Compiler.Core.Base.Diagnostic;
using CoreTensor = ConcreteMl.Compiler.Core.Base.Tensor;

namespace ConcreteMl.Interop;

/// <summary>F# results, options and lists at the border.</summary>
internal static class CoreResults
{
    /// <exception cref="CompilationException">The result is a refusal.</exception>
    internal static T Take<T>(FSharpResult<T, FSharpList<CoreDiagnostic>> result) =>
        result.IsOk ? result.ResultValue : throw new CompilationException(CoreValues.FromCore(result.ErrorValue));

    internal static FSharpOption<T> Option<T>(T? value)
        where T : struct => value is T some ? FSharpOption<T>.Some(some) : FSharpOption<T>.None;

    internal static FSharpOption<string>? Name(string? name) => name is null ? FSharpOption<string>.None : FSharpOption<string>.Some(name);

    internal static T? Nullable<T>(FSharpOption<T>? value)
        where T : struct => value?.Value;

    /// <summary>One list of inputs per sample.</summary>
    internal static FSharpList<FSharpList<CoreTensor>> Samples(Data.Samples samples) =>
        List(samples.Items.Select(sample => List(sample.Select(CoreValues.ToCore))));

    internal static FSharpList<T> List<T>(IEnumerable<T> values) => ListModule.OfSeq(values);
}
