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

    /// <summary>
    /// The texts that its numbers from 0 on stand for; empty where it is numbers. Such an input takes texts
    /// (<see cref="ConcreteMl.Tensor.CreateTexts"/>) or their numbers; a text that is not listed is -1, which the model treats as unknown.
    /// </summary>
    public IReadOnlyList<string> Texts
    {
        get;
        init => field = ContentList<string>.Of(value);
    } = ContentList<string>.Of([]);

    internal string Describe() =>
        $"{(Texts.Count > 0 ? "texts" : Element.ToString())} {(Shape is null ? "of any shape" : ShapeText.Print(Shape))}";
}
