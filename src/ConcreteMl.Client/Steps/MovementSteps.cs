namespace ConcreteMl.Steps;

/// <summary>Constants, movements, tables of labels, and reductions along axes.</summary>
internal static class MovementSteps
{
    internal static IEnumerable<KeyValuePair<string, ClientSteps.Work>> All =>
        [
            KeyValuePair.Create<string, ClientSteps.Work>("constant", Constant),
            KeyValuePair.Create<string, ClientSteps.Work>("reshape", Reshape),
            KeyValuePair.Create<string, ClientSteps.Work>("take", Take),
            KeyValuePair.Create<string, ClientSteps.Work>("concat", Concat),
            KeyValuePair.Create<string, ClientSteps.Work>("lookup", Lookup),
            KeyValuePair.Create<string, ClientSteps.Work>("reducesum", Sum),
            KeyValuePair.Create<string, ClientSteps.Work>("argmax", ArgMax),
        ];

    private static Tensor Constant(string kind, IReadOnlyList<Tensor> values, StepSettings settings) =>
        Data.Elements.IsFloat(settings.Element)
            ? settings.Write([.. settings.Reals("values")])
            : settings.Write([.. settings.Integers("values")]);

    private static Tensor Reshape(string kind, IReadOnlyList<Tensor> values, StepSettings settings) => values[0].Reshape(settings.Shape);

    /// <summary>The elements at the given flat positions.</summary>
    private static Tensor Take(string kind, IReadOnlyList<Tensor> values, StepSettings settings) =>
        Pick(values[0], settings.Integers("positions"), settings.Shape);

    // The table is the first value, the positions the second; negative ones count from the end.
    private static Tensor Lookup(string kind, IReadOnlyList<Tensor> values, StepSettings settings)
    {
        int size = values[0].Count;
        return Pick(values[0], Array.ConvertAll(StepValues.Whole(values[1]), at => at < 0 ? at + size : at), settings.Shape);
    }

    private static Tensor Pick(Tensor tensor, long[] positions, int[] shape)
    {
        Array picked = Array.CreateInstance(tensor.Data.GetType().GetElementType()!, positions.Length);
        for (int index = 0; index < positions.Length; index++)
        {
            if (positions[index] < 0 || positions[index] >= tensor.Count)
            {
                throw new InvalidDataException("a client's step takes an element that is not there");
            }

            Array.Copy(tensor.Data, positions[index], picked, index, 1);
        }

        return new Tensor(tensor.Element, shape, picked);
    }

    private static Tensor Concat(string kind, IReadOnlyList<Tensor> values, StepSettings settings)
    {
        int[] shape = settings.Shape;
        int axis = settings.Integer("axis");
        axis = axis < 0 ? axis + shape.Length : axis;
        int outer = shape.Take(axis).Aggregate(1, (count, size) => count * size);
        Array joined = Array.CreateInstance(values[0].Data.GetType().GetElementType()!, StepValues.Count(shape));
        int at = 0;
        for (int row = 0; row < outer; row++)
        {
            foreach (Tensor value in values)
            {
                int width = value.Count / outer;
                Array.Copy(value.Data, row * width, joined, at, width);
                at += width;
            }
        }

        return new Tensor(values[0].Element, shape, joined);
    }

    // Sums in binary64, in the order of the elements.
    private static Tensor Sum(string kind, IReadOnlyList<Tensor> values, StepSettings settings)
    {
        int[] places = Kept(values[0].Dimensions, settings.Integers("axes"), out int count);
        if (Data.Elements.IsFloat(settings.Element))
        {
            double[] reals = values[0].ToDoubles();
            double[] sums = new double[count];
            for (int index = 0; index < reals.Length; index++)
            {
                sums[places[index]] += reals[index];
            }

            return settings.Write(sums);
        }

        long[] whole = StepValues.Whole(values[0]);
        long[] totals = new long[count];
        for (int index = 0; index < whole.Length; index++)
        {
            totals[places[index]] = unchecked(totals[places[index]] + whole[index]);
        }

        return settings.Write(totals);
    }

    // The first, or the last, of equal largest elements.
    private static Tensor ArgMax(string kind, IReadOnlyList<Tensor> values, StepSettings settings)
    {
        int[] shape = values[0].Dimensions;
        int axis = settings.Integer("axis");
        axis = axis < 0 ? axis + shape.Length : axis;
        int inner = shape.Skip(axis + 1).Aggregate(1, (count, size) => count * size);
        int[] places = Kept(shape, [axis], out int count);
        bool last = settings.Flag("select_last_index");
        bool real = Data.Elements.IsFloat(values[0].Element);
        double[] reals = real ? values[0].ToDoubles() : [];
        long[] whole = real ? [] : StepValues.Whole(values[0]);
        int[] best = new int[count];
        Array.Fill(best, -1);
        for (int index = 0; index < values[0].Count; index++)
        {
            ref int champion = ref best[places[index]];
            bool better =
                champion < 0
                || (
                    real
                        ? reals[index] > reals[champion] || (last && reals[index] == reals[champion])
                        : whole[index] > whole[champion] || (last && whole[index] == whole[champion])
                );
            champion = better ? index : champion;
        }

        return settings.Write(Array.ConvertAll(best, index => (long)(index / inner % shape[axis])));
    }

    /// <summary>For each element the position of its sum when the axes are gone, and how many sums there are.</summary>
    private static int[] Kept(int[] shape, long[] axes, out int count)
    {
        bool[] gone = new bool[shape.Length];
        foreach (long axis in axes)
        {
            gone[axis < 0 ? axis + shape.Length : axis] = true;
        }

        int[] strides = new int[shape.Length];
        count = 1;
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = gone[axis] ? 0 : count;
            count *= gone[axis] ? 1 : shape[axis];
        }

        int[] places = new int[StepValues.Count(shape)];
        for (int index = 0; index < places.Length; index++)
        {
            int rest = index;
            for (int axis = shape.Length - 1; axis >= 0; axis--)
            {
                places[index] += rest % shape[axis] * strides[axis];
                rest /= shape[axis];
            }
        }

        return places;
    }
}
