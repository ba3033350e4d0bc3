using System.Globalization;

namespace ConcreteMl.Data;

/// <summary>How messages print shapes: "100x64", "scalar".</summary>
internal static class ShapeText
{
    internal static string Print(ReadOnlySpan<int> shape)
    {
        if (shape.IsEmpty)
        {
            return "scalar";
        }

        string[] parts = new string[shape.Length];
        for (int axis = 0; axis < shape.Length; axis++)
        {
            parts[axis] = shape[axis].ToString(CultureInfo.InvariantCulture);
        }

        return string.Join('x', parts);
    }

    /// <summary>A declared shape; unknown dimensions print as "?", or as "batch" in first place.</summary>
    internal static string Print(IReadOnlyList<int?> shape) =>
        shape.Count == 0
            ? "scalar"
            : string.Join(
                'x',
                shape.Select((dimension, axis) => dimension?.ToString(CultureInfo.InvariantCulture) ?? (axis == 0 ? "batch" : "?"))
            );
}
