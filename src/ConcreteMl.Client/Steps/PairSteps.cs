using ConcreteMl.Data;

namespace ConcreteMl.Steps;

/// <summary>Element-wise functions of several values that broadcast by NumPy's rule.</summary>
internal static class PairSteps
{
    private static readonly Dictionary<string, (Func<double, double, double> Real, Func<long, long, long> Whole)> Arithmetic = new()
    {
        ["add"] = ((x, y) => x + y, (x, y) => unchecked(x + y)),
        ["sub"] = ((x, y) => x - y, (x, y) => unchecked(x - y)),
        ["mul"] = ((x, y) => x * y, (x, y) => unchecked(x * y)),
        ["div"] = ((x, y) => x / y, Divide),
        ["pow"] = (Math.Pow, (x, y) => (long)Math.Pow(x, y)),
        ["mod"] = ((x, y) => Signed(x % y, y), (x, y) => Signed(Remainder(x, y), y)),
        ["fmod"] = ((x, y) => x % y, Remainder),
        ["prelu"] = ((x, y) => x < 0.0 ? x * y : x, (x, y) => x < 0 ? unchecked(x * y) : x),
        ["max"] = (Math.Max, Math.Max),
        ["min"] = (Math.Min, Math.Min),
    };

    private static readonly Dictionary<string, (Func<double, double, bool> Real, Func<long, long, bool> Whole)> Comparisons = new()
    {
        ["equal"] = ((x, y) => x == y, (x, y) => x == y),
        ["greater"] = ((x, y) => x > y, (x, y) => x > y),
        ["greaterorequal"] = ((x, y) => x >= y, (x, y) => x >= y),
        ["less"] = ((x, y) => x < y, (x, y) => x < y),
        ["lessorequal"] = ((x, y) => x <= y, (x, y) => x <= y),
        ["and"] = ((x, y) => x != 0 && y != 0, (x, y) => x != 0 && y != 0),
        ["or"] = ((x, y) => x != 0 || y != 0, (x, y) => x != 0 || y != 0),
        ["xor"] = ((x, y) => (x != 0) != (y != 0), (x, y) => (x != 0) != (y != 0)),
    };

    internal static IEnumerable<KeyValuePair<string, ClientSteps.Work>> All =>
        [
            .. Arithmetic.Keys.Select(kind => KeyValuePair.Create<string, ClientSteps.Work>(kind, Compute)),
            .. Comparisons.Keys.Select(kind => KeyValuePair.Create<string, ClientSteps.Work>(kind, Compare)),
            KeyValuePair.Create<string, ClientSteps.Work>("clip", Clip),
            KeyValuePair.Create<string, ClientSteps.Work>("where", Where),
        ];

    private static Tensor Compute(string kind, IReadOnlyList<Tensor> values, StepSettings settings) =>
        Elements.IsFloat(settings.Element) || (kind == "pow" && Elements.IsFloat(values[1].Element))
            ? settings.Write(Map(values[0].ToDoubles(), values[0], values[1].ToDoubles(), values[1], settings.Shape, Arithmetic[kind].Real))
            : settings.Write(
                Map(StepValues.Whole(values[0]), values[0], StepValues.Whole(values[1]), values[1], settings.Shape, Arithmetic[kind].Whole)
            );

    private static Tensor Compare(string kind, IReadOnlyList<Tensor> values, StepSettings settings)
    {
        bool[] met = Elements.IsFloat(values[0].Element)
            ? Map(values[0].ToDoubles(), values[0], values[1].ToDoubles(), values[1], settings.Shape, Comparisons[kind].Real)
            : Map(StepValues.Whole(values[0]), values[0], StepValues.Whole(values[1]), values[1], settings.Shape, Comparisons[kind].Whole);
        return settings.Write(Array.ConvertAll(met, value => value ? 1L : 0L));
    }

    // Operands x, then the lower and the upper bound where present; a lower bound above the upper one gives the upper one.
    private static Tensor Clip(string kind, IReadOnlyList<Tensor> values, StepSettings settings)
    {
        bool low = settings.Flag("has_min");
        Tensor bounded = low ? Compute("max", [values[0], values[1]], settings) : values[0];
        return settings.Flag("has_max") ? Compute("min", [bounded, values[low ? 2 : 1]], settings) : bounded;
    }

    private static Tensor Where(string kind, IReadOnlyList<Tensor> values, StepSettings settings)
    {
        long[] condition = StepValues.Whole(values[0]);
        int[] shape = settings.Shape;
        int[] at = Places(values[0].Dimensions, shape);
        int[] yes = Places(values[1].Dimensions, shape);
        int[] no = Places(values[2].Dimensions, shape);
        if (Elements.IsFloat(settings.Element))
        {
            double[] taken = values[1].ToDoubles();
            double[] other = values[2].ToDoubles();
            return settings.Write([.. at.Select((place, index) => condition[place] != 0 ? taken[yes[index]] : other[no[index]])]);
        }

        long[] whole = StepValues.Whole(values[1]);
        long[] rest = StepValues.Whole(values[2]);
        return settings.Write([.. at.Select((place, index) => condition[place] != 0 ? whole[yes[index]] : rest[no[index]])]);
    }

    private static TResult[] Map<T, TResult>(T[] left, Tensor a, T[] right, Tensor b, int[] shape, Func<T, T, TResult> function)
    {
        int[] first = Places(a.Dimensions, shape);
        int[] second = Places(b.Dimensions, shape);
        TResult[] result = new TResult[first.Length];
        for (int index = 0; index < result.Length; index++)
        {
            result[index] = function(left[first[index]], right[second[index]]);
        }

        return result;
    }

    /// <summary>The flat positions at which a tensor of shape <paramref name="from"/> is read as one of shape <paramref name="into"/>.</summary>
    private static int[] Places(int[] from, int[] into)
    {
        int[] strides = new int[into.Length];
        int stride = 1;
        for (int axis = from.Length - 1; axis >= 0; axis--)
        {
            int target = axis + into.Length - from.Length;
            if (target < 0 || (from[axis] != 1 && from[axis] != into[target]))
            {
                throw new InvalidDataException("a client's step has operands whose shapes do not fit");
            }

            strides[target] = from[axis] == 1 ? 0 : stride;
            stride *= from[axis];
        }

        int[] places = new int[StepValues.Count(into)];
        for (int index = 0; index < places.Length; index++)
        {
            int rest = index;
            for (int axis = into.Length - 1; axis >= 0; axis--)
            {
                places[index] += rest % into[axis] * strides[axis];
                rest /= into[axis];
            }
        }

        return places;
    }

    // Truncating; 0 for a divisor of 0, and wrapping where the quotient does not fit.
    private static long Divide(long x, long y) =>
        y == 0 ? 0
        : y == -1 ? unchecked(-x)
        : x / y;

    private static long Remainder(long x, long y) => y is 0 or -1 ? 0 : x % y;

    private static double Signed(double rest, double y) => rest != 0.0 && rest < 0.0 != y < 0.0 ? rest + y : rest;

    private static long Signed(long rest, long y) => rest != 0 && rest < 0 != y < 0 ? rest + y : rest;
}
