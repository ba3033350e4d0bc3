using ConcreteMl.Data;

namespace ConcreteMl;

/// <summary>An input or output of a model.</summary>
/// <param name="Name">Its name in the ONNX file.</param>
/// <param name="Element">The type of its elements.</param>
/// <param name="Shape">Its declared dimensions, null where one is symbolic; null as a whole when the rank is not declared.</param>
public sealed record ModelPort(string Name, ElementType Element, IReadOnlyList<int?>? Shape)
{
    /// <summary>Its declared dimensions, null where one is symbolic; null as a whole when the rank is not declared.</summary>
    public IReadOnlyList<int?>? Shape
    {
        get;
        init => field = value is null ? null : ContentList<int?>.Of(value);
    } = Shape is null ? null : ContentList<int?>.Of(Shape);

    internal string Describe() => $"{Element} {(Shape is null ? "of any shape" : ShapeText.Print(Shape))}";
}
