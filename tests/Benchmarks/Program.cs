using Benchmarks.AheadOfTime;

namespace Benchmarks;

/// <summary>Chooses a benchmark by its verb; each prints one JSON object on standard output and its progress on standard error.</summary>
internal static class Program
{
    private static readonly Verb[] Verbs =
    [
        new(
            "pbs",
            "[--yardstick PATH] [--pairs N] [--sets 1_1,2_2] [--security 132] [--key-switch fourier]",
            ["--yardstick", "--pairs", "--sets", "--security", "--key-switch"],
            PbsBenchmark.Run
        ),
        new(
            "lookup",
            "[--bits 2,3,4] [--p-error 2^-40] [--norm 1] [--batch N] [--security 132] [--key-switch fourier]",
            ["--bits", "--p-error", "--norm", "--batch", "--security", "--key-switch"],
            LookupBenchmark.Run
        ),
        new(
            "model",
            "MODEL.cml [--input X.npz] [--samples N] [--batch N] [--yardstick PATH]",
            ["--input", "--samples", "--batch", "--yardstick"],
            ModelBenchmark.Run
        ),
        new(
            "gate",
            "MODELS RECORD [--models REGEX] [--bits 3,4,6] [--roundings none,6,6:approximate] [--at program|quant]",
            ["--models", "--bits", "--roundings", "--at"],
            ProgramGate.Run
        ),
        new("rounding", "MODELS [--models REGEX] [--bits 4,6,8]", ["--models", "--bits"], RoundingBenchmark.Run),
        new("settings", "FOLDER=TARGET... [--page docs/choosing.md]", ["--page"], SettingsBenchmark.Run),
        new("times", "[--rounds N]", ["--rounds"], TimesBenchmark.Run),
        new("keyswitch", "[--keys N]", ["--keys"], KeySwitchBenchmark.Run),
        new("aot", "[--pairs N] [--kinds trimmed,native,x86-64-v3]", ["--pairs", "--kinds"], AheadBenchmark.Run),
        new("noise", "[--sets 1_1,2_2] [--keys N]", ["--sets", "--keys"], NoiseBenchmark.Run),
    ];

    private static int Main(string[] arguments)
    {
        if (Verbs.FirstOrDefault(verb => verb.Name == arguments.FirstOrDefault()) is not { } chosen)
            return Refuse(arguments.Length == 0 ? null : $"unknown verb '{arguments[0]}'");
        try
        {
            return chosen.Run(new BenchOptions(arguments[1..], chosen.Options));
        }
        catch (ArgumentException refusal)
        {
            return Refuse(refusal.Message);
        }
    }

    private static int Refuse(string? reason)
    {
        if (reason is not null)
            Console.Error.WriteLine($"bench: {reason}");
        Console.Error.WriteLine("usage:");
        foreach (Verb verb in Verbs)
            Console.Error.WriteLine($"  bench {verb.Name} {verb.Usage}");
        return 1;
    }

    private sealed record Verb(string Name, string Usage, IReadOnlyList<string> Options, Func<BenchOptions, int> Run);
}
