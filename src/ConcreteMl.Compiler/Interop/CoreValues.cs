using CoreDiagnostic = ConcreteMl.Compiler.Core.Base.Diagnostic;
using CoreElement = ConcreteMl.Compiler.Core.Base.Element;
using CoreTensor = ConcreteMl.Compiler.Core.Base.Tensor;

namespace ConcreteMl.Interop;

/// <summary>Tensors, element types and diagnostics, to and from the compiler's own.</summary>
internal static class CoreValues
{
    internal static CoreElement ToCore(ElementType element) =>
        element switch
        {
            ElementType.Bool => CoreElement.Bool,
            ElementType.Int8 => CoreElement.Int8,
            ElementType.Int16 => CoreElement.Int16,
            ElementType.Int32 => CoreElement.Int32,
            ElementType.Int64 => CoreElement.Int64,
            ElementType.UInt8 => CoreElement.UInt8,
            ElementType.UInt16 => CoreElement.UInt16,
            ElementType.UInt32 => CoreElement.UInt32,
            ElementType.UInt64 => CoreElement.UInt64,
            ElementType.Float16 => CoreElement.Float16,
            ElementType.BFloat16 => CoreElement.BFloat16,
            ElementType.Float32 => CoreElement.Float32,
            ElementType.Float64 => CoreElement.Float64,
            _ => throw new ArgumentOutOfRangeException(nameof(element)),
        };

    internal static ElementType FromCore(CoreElement element) =>
        Enum.GetValues<ElementType>().First(candidate => ToCore(candidate).Equals(element));

    internal static CoreTensor ToCore(Tensor tensor) => CoreTensor.Create(ToCore(tensor.Element), tensor.Dimensions, tensor.Data);

    internal static Tensor FromCore(CoreTensor tensor) => new(FromCore(tensor.Element), tensor.Shape, tensor.Data);

    internal static Diagnostic FromCore(CoreDiagnostic diagnostic)
    {
        DiagnosticSeverity severity =
            diagnostic.Severity.IsError ? DiagnosticSeverity.Error
            : diagnostic.Severity.IsWarning ? DiagnosticSeverity.Warning
            : DiagnosticSeverity.Note;
        return new Diagnostic(diagnostic.Code, severity, diagnostic.Node?.Value, diagnostic.Message, diagnostic.Expected, diagnostic.Cure);
    }

    internal static IReadOnlyList<Diagnostic> FromCore(IEnumerable<CoreDiagnostic> diagnostics) => [.. diagnostics.Select(FromCore)];
}
