using ConcreteMl.Interop;
using ConcreteMl.Tfhe;
using ConcreteMl.Tfhe.Programs;

namespace ConcreteMl.Running;

/// <summary>
/// How many lookups, bits of roundings and decodings of outputs should fail. Each element's probability lies between that of its
/// class's own noise (key switch and modulus switch) and that of the layer's noisiest element, which the report shows.
/// </summary>
/// <param name="Mean">The layers' reported probabilities, summed over all bootstraps and outputs; after approximate rounding most of them are off-by-ones.</param>
/// <param name="Low">A count is below this with a probability of 0.5 % at most.</param>
/// <param name="High">A count is above this with a probability of 0.5 % at most.</param>
internal sealed record FailureExpectation(double Mean, long Low, long High)
{
    private const double Tail = 0.005;

    // 0.5 % of a normal distribution lie beyond so many deviations.
    private const double TailDeviations = 2.5758;

    // Beyond this mean the normal distribution is close, and exp(−mean) would vanish later on.
    private const double MostExact = 400.0;

    internal bool Holds(long count) => count >= Low && count <= High;

    /// <summary>What a report leads to expect of a number of samples.</summary>
    internal static FailureExpectation Of(CircuitReport report, TfheProgram program, int samples)
    {
        double decided = 0.0;
        double least = 0.0;
        double rounded = 0.0;
        // near a boundary, where approximate rounding leaves values, an error is an off-by-one and no failure
        bool mayBeOffByOne = report.Layers.Any(layer => layer.Operation.StartsWith("round approximate", StringComparison.Ordinal));
        foreach (LayerReport layer in report.Layers.Where(layer => layer.Bootstraps > 0))
        {
            bool isLookup = layer.Lookups > 0;
            // tables that are looked up together fail together
            double decisions = (double)(isLookup ? Elements(layer) : layer.Bootstraps) * samples;
            double most = (layer.PError ?? 0.0) * decisions;
            decided += isLookup ? most : 0.0;
            rounded += isLookup ? 0.0 : most;
            least += isLookup && !mayBeOffByOne ? OwnProbability(layer, program.Parameters!) * decisions : 0.0;
        }

        foreach ((ProgramPort port, double probability) in program.Outputs.Zip(report.OutputPErrors ?? []))
        {
            decided += probability * samples * program.Values[port.Value].Shape.Aggregate(1L, (count, axis) => count * axis);
        }

        return new FailureExpectation(decided + rounded, LeastOf(least), MostOf(decided, rounded));
    }

    private static long Elements(LayerReport layer) => layer.Shape.Aggregate(1L, (count, axis) => count * axis);

    // What the class adds by itself, whatever the noise of the operand.
    private static double OwnProbability(LayerReport layer, ParameterSet parameters)
    {
        if (layer.Classes is not [int number] || number >= parameters.Classes.Length)
        {
            return 0.0;
        }

        LookupClassParameters one = parameters.Classes[number];
        NoiseModel model = NoiseModel.Measured;
        int tables = (int)(layer.Lookups / Elements(layer));
        double variance = model.KeySwitchVariance(parameters.BigKey, one) + model.ModulusSwitchVariance(parameters.BigKey, one, tables);
        return Math.Min(CoreReport.Failure(layer.AccumulatorBits, variance), layer.PError ?? 0.0);
    }

    /// <summary>The count below which a Poisson count of this mean lies with 0.5 % at most.</summary>
    internal static long LeastOf(double mean)
    {
        if (mean > MostExact)
        {
            return (long)Math.Floor(mean - TailDeviations * Math.Sqrt(mean));
        }

        double below = 0.0;
        long count = 0;
        foreach (double probability in Counts(mean, 0.0))
        {
            below += probability;
            if (below > Tail)
            {
                break;
            }

            count++;
        }

        return count;
    }

    /// <summary>The count that is exceeded with 0.5 % at most, given the means of single failures and of clusters.</summary>
    internal static long MostOf(double single, double clustered)
    {
        double mean = single + 2.0 * clustered;
        if (mean > MostExact)
        {
            return (long)Math.Ceiling(mean + TailDeviations * Math.Sqrt(single + 6.0 * clustered));
        }

        double above = 1.0;
        long count = -1;
        foreach (double probability in Counts(single, clustered))
        {
            above -= probability;
            count++;
            if (above <= Tail)
            {
                break;
            }
        }

        return count;
    }

    /// <summary>
    /// Probabilities of 0, 1, 2, … failures. Single ones follow Poisson's law, which spreads a little wider than the sum of
    /// the single trials and so covers the noise that neighbours share. A digit that a rounding reads wrongly takes those above it, and
    /// the lookup, to a boundary, where about half of them fail too: such clusters have k members with probability 2^−k.
    /// </summary>
    private static IEnumerable<double> Counts(double single, double clustered)
    {
        // Panjer's recursion n g(n) = Σ k λ(k) g(n − k); of the clusters' part, Σ k 2^−k g(n − k), two running sums are enough
        double current = Math.Exp(-single - clustered);
        double halves = 0.0;
        double weighted = 0.0;
        for (int count = 1; ; count++)
        {
            yield return current;
            weighted = 0.5 * (weighted + halves + current);
            halves = 0.5 * (halves + current);
            current = (single * current + clustered * weighted) / count;
        }
    }
}
