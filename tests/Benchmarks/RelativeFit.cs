namespace Benchmarks;

/// <summary>Constants of a sum of terms, none negative, by least squares of the relative deviations.</summary>
internal static class RelativeFit
{
    /// <summary>What the constants say for one row of terms.</summary>
    internal static double Predict(double[] terms, double[] constants) => terms.Zip(constants, (term, constant) => term * constant).Sum();

    /// <summary>
    /// The constants; a term whose constant would be negative is left out (0), the most negative first.
    /// </summary>
    internal static double[] Solve(double[][] terms, double[] measured)
    {
        List<int> kept = [.. Enumerable.Range(0, terms[0].Length)];
        while (true)
        {
            double[] solution = LeastSquares([.. terms.Select((row, i) => kept.Select(j => row[j] / measured[i]).ToArray())]);
            int worst = Enumerable.Range(0, kept.Count).MinBy(j => solution[j]);
            if (solution[worst] < 0.0)
            {
                kept.RemoveAt(worst);
                continue;
            }
            double[] constants = new double[terms[0].Length];
            for (int j = 0; j < kept.Count; j++)
                constants[kept[j]] = solution[j];
            return constants;
        }
    }

    /// <summary>Minimizes the squared distance of rows * x to ones, by the normal equations.</summary>
    private static double[] LeastSquares(double[][] rows)
    {
        int unknowns = rows[0].Length;
        double[] scale = [.. Enumerable.Range(0, unknowns).Select(j => 1.0 / Math.Max(rows.Max(row => row[j]), double.Epsilon))];
        double[,] system = new double[unknowns, unknowns + 1];
        foreach (double[] row in rows)
            for (int i = 0; i < unknowns; i++)
            {
                for (int j = 0; j < unknowns; j++)
                    system[i, j] += row[i] * scale[i] * row[j] * scale[j];
                system[i, unknowns] += row[i] * scale[i];
            }
        Eliminate(system, unknowns);
        return [.. Enumerable.Range(0, unknowns).Select(i => system[i, unknowns] / system[i, i] * scale[i])];
    }

    // the matrix is positive definite: no pivots
    private static void Eliminate(double[,] system, int unknowns)
    {
        for (int pivot = 0; pivot < unknowns; pivot++)
        for (int i = 0; i < unknowns; i++)
        {
            if (i == pivot)
                continue;
            double factor = system[i, pivot] / system[pivot, pivot];
            for (int j = pivot; j <= unknowns; j++)
                system[i, j] -= factor * system[pivot, j];
        }
    }
}
