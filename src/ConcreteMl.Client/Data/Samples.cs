namespace ConcreteMl.Data;

/// <summary>Inputs one sample at a time, in the shapes that the model computes on.</summary>
/// <param name="Items">Per sample, one tensor per model input.</param>
/// <param name="Layout">Where the arrays had their samples, which is where outputs get theirs.</param>
internal sealed record Samples(IReadOnlyList<IReadOnlyList<Tensor>> Items, SampleLayout Layout)
{
    /// <summary>Where an array of shape <paramref name="actual"/> has its samples; null when it does not fit the declared shape.</summary>
    internal static SampleLayout? LayoutOf(IReadOnlyList<int?>? declared, ReadOnlySpan<int> actual)
    {
        if (declared is null)
        {
            return actual.Length > 0 ? SampleLayout.Batch : SampleLayout.Whole;
        }

        if (actual.Length == declared.Count + 1)
        {
            return Fit(declared, 0, actual[1..]) ? SampleLayout.Before : null;
        }

        if (actual.Length != declared.Count || !Fit(declared, 1, actual))
        {
            return null;
        }

        return declared.Count == 0 ? SampleLayout.Whole
            : declared[0] is null or 1 ? SampleLayout.Batch
            : declared[0] == actual[0] ? SampleLayout.Whole
            : null;
    }

    /// <summary>The sample of the given index in the shape that the model computes on.</summary>
    internal static Tensor Take(Tensor array, SampleLayout layout, int index) =>
        layout switch
        {
            SampleLayout.Batch => array.Sample(index),
            SampleLayout.Before => array.Sample(index).Reshape(array.Dimensions.AsSpan(1)),
            SampleLayout.Whole => array,
            _ => throw new ArgumentOutOfRangeException(nameof(layout)),
        };

    /// <summary>The outputs of all samples as arrays whose first axis counts samples (but for <see cref="SampleLayout.Whole"/>).</summary>
    internal static IReadOnlyList<Tensor> Join(IReadOnlyList<IReadOnlyList<Tensor>> outputs, SampleLayout layout)
    {
        int count = outputs[0].Count;
        Tensor[] joined = new Tensor[count];
        for (int output = 0; output < count; output++)
        {
            Tensor[] parts = [.. outputs.Select(sample => sample[output])];
            bool inBatchAxis = layout == SampleLayout.Batch && parts.All(part => part.Shape.Count > 0 && part.Shape[0] == 1);
            joined[output] =
                layout == SampleLayout.Whole ? parts[0]
                : inBatchAxis ? Tensor.Stack(parts)
                : Tensor.Stack([.. parts.Select(part => part.Reshape([1, .. part.Shape]))]);
        }

        return joined;
    }

    // The first dimension is the batch's unless `from` is 0.
    private static bool Fit(IReadOnlyList<int?> declared, int from, ReadOnlySpan<int> actual)
    {
        for (int axis = from; axis < declared.Count; axis++)
        {
            if (declared[axis] is int dimension && dimension != actual[axis])
            {
                return false;
            }
        }

        return true;
    }
}
