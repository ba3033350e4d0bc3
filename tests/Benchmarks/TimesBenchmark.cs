using System.Text.Json.Nodes;
using ConcreteMl.Compiler.Core.Circuit;
using ConcreteMl.Tfhe;
using SecurityCurve = ConcreteMl.Tfhe.SecurityCurve;

namespace Benchmarks;

/// <summary>
/// Fits the constants of <see cref="KernelTimes"/> to lookups in batches on all cores, at parameter sets of every kind that the
/// optimizer may choose: least squares of the relative deviations. Prints one JSON object: constants, and measured times beside
/// what the present and the fitted constants predict.
/// </summary>
internal static class TimesBenchmark
{
    private const int Dimension = 700;
    private const int Rounds = 3;
    private const double BudgetMs = 250.0;
    private const double MsToPs = 1e9;

    // the width of the table does not change the time; noise may change a result here, which nobody reads
    private const int Bits = 2;
    private const int EachCore = 8;

    private static readonly string[] Names =
    [
        nameof(KernelTimes.transformOperation),
        nameof(KernelTimes.bootstrapMultiplyAdd),
        nameof(KernelTimes.digitCoefficient),
        nameof(KernelTimes.keyWordFetched),
    ];

    private static readonly double[] Present =
    [
        1e3 * KernelTimes.transformOperation,
        1e3 * KernelTimes.bootstrapMultiplyAdd,
        1e3 * KernelTimes.digitCoefficient,
        1e3 * KernelTimes.keyWordFetched,
    ];

    private static readonly (int K, int N, int Levels, int Nu, int Grade, int Words) Reference = (1, 2048, 1, 0, 0, 1);

    // k, N, levels, nu, grade, and mask words a step
    private static readonly (int K, int N, int Levels, int Nu, int Grade, int Words)[] Sets =
    [
        (6, 256, 1, 0, 0, 1),
        (5, 256, 2, 0, 0, 1),
        (2, 512, 1, 0, 0, 1),
        (3, 512, 1, 0, 0, 1),
        (4, 512, 1, 0, 0, 1),
        (3, 512, 2, 0, 0, 1),
        (2, 1024, 1, 0, 0, 1),
        (2, 1024, 2, 0, 0, 1),
        (3, 1024, 1, 0, 0, 1),
        (1, 2048, 1, 0, 0, 1),
        (1, 2048, 2, 0, 0, 1),
        (1, 2048, 3, 0, 0, 1),
        (2, 2048, 1, 0, 0, 1),
        (1, 4096, 1, 0, 0, 1),
        (1, 4096, 2, 0, 0, 1),
        (1, 8192, 1, 0, 0, 1),
        (1, 8192, 2, 0, 0, 1),
        (2, 1024, 1, 2, 8, 1),
        (1, 2048, 1, 1, 8, 1),
        (1, 2048, 1, 2, 16, 1),
        (1, 2048, 1, 2, 8, 1),
        (1, 2048, 1, 3, 9, 1),
        (1, 2048, 1, 4, 9, 1),
        (1, 2048, 1, 5, 9, 1),
        (1, 2048, 2, 3, 9, 1),
        (1, 2048, 2, 6, 10, 1),
        (1, 4096, 1, 2, 8, 1),
        (3, 512, 1, 0, 0, 2),
        (2, 1024, 1, 0, 0, 2),
        (1, 2048, 1, 0, 0, 2),
        (1, 2048, 2, 0, 0, 2),
        (1, 4096, 1, 0, 0, 2),
        (1, 4096, 2, 0, 0, 2),
        (1, 8192, 2, 0, 0, 2),
    ];

    /// <summary>Runs with the option --rounds.</summary>
    internal static int Run(BenchOptions options)
    {
        double[] measured = Measure(options.Count("--rounds", Rounds));
        double[][] terms = [.. Sets.Select(Terms)];
        double[] fitted = RelativeFit.Solve(terms, measured);
        JsonArray rows = [];
        for (int i = 0; i < Sets.Length; i++)
        {
            JsonObject row = Describe(Sets[i]);
            row["core_ms"] = measured[i];
            row["present_to_measured"] = RelativeFit.Predict(terms[i], Present) / measured[i];
            row["fitted_to_measured"] = RelativeFit.Predict(terms[i], fitted) / measured[i];
            rows.Add(row);
        }
        JsonObject constants = [];
        for (int j = 0; j < fitted.Length; j++)
            constants[Names[j]] = new JsonObject { ["present_ps"] = Present[j] * MsToPs, ["fitted_ps"] = fitted[j] * MsToPs };
        Console.WriteLine(new JsonObject { ["constants"] = constants, ["sets"] = rows }.ToJsonString());
        return 0;
    }

    private static JsonObject Describe((int K, int N, int Levels, int Nu, int Grade, int Words) set) =>
        new()
        {
            ["k"] = set.K,
            ["N"] = set.N,
            ["levels"] = set.Levels,
            ["nu"] = set.Nu,
            ["grade"] = set.Grade,
            ["words"] = set.Words,
        };

    /// <summary>What one lookup's rotation has to do, in the order of <see cref="Names"/>.</summary>
    private static double[] Terms((int K, int N, int Levels, int Nu, int Grade, int Words) set)
    {
        RotationWork work = RotationWorkModule.word(
            set.K,
            set.N,
            set.Levels,
            set.Nu,
            set.Grade,
            set.Words,
            Environment.ProcessorCount * EachCore
        );
        return [Dimension * work.Transforms, Dimension * work.MultiplyAdds, Dimension * work.DigitCoefficients, Dimension * work.KeyWords];
    }

    /// <summary>
    /// Core milliseconds of one lookup in a batch on all cores. The machine's speed changes with what else its host does, so each time is
    /// taken in those of a reference set measured just before and after, and scaled by the reference's quiet time: the median of rounds.
    /// </summary>
    private static double[] Measure(int rounds)
    {
        using LookupSubject reference = new(Parameters(Reference), Bits);
        List<double> quiet = [];
        List<double>[] ratios = [.. Sets.Select(_ => new List<double>())];
        for (int round = 0; round < rounds; round++)
        for (int i = 0; i < Sets.Length; i++)
        {
            Console.Error.WriteLine($"bench times: round {round + 1} of {rounds}, set {i + 1} of {Sets.Length}");
            using LookupSubject subject = new(Parameters(Sets[i]), Bits);
            double before = CoreMs(reference);
            double own = CoreMs(subject);
            double after = CoreMs(reference);
            ratios[i].Add(2.0 * own / (before + after));
            quiet.AddRange([before, after]);
        }
        return [.. ratios.Select(one => one.Median() * quiet.Fast())];
    }

    private static double CoreMs(LookupSubject subject)
    {
        int threads = Environment.ProcessorCount;
        return threads * subject.TimeBatch(threads * EachCore, threads, BudgetMs);
    }

    // the key switch is in the Fourier domain: two hundredths of the time
    private static ParameterSet Parameters((int K, int N, int Levels, int Nu, int Grade, int Words) set)
    {
        SecurityCurve curve = SecurityCurve.Bits132;
        GadgetDecomposition bootstrap = set.Levels == 1 ? new(23, 1) : new(30 / set.Levels, set.Levels);
        LookupClassParameters lookup = new(
            Dimension,
            curve.StandardDeviation(Dimension),
            new GadgetDecomposition(1, 15),
            bootstrap,
            set.Nu,
            set.Grade,
            KeySwitchRing: 1024,
            WordsPerStep: set.Words
        );
        return new ParameterSet(curve, new BigKeyParameters(set.K, set.N, curve.StandardDeviation(set.K * set.N)), [lookup]);
    }
}
