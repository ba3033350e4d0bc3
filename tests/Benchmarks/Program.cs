namespace Benchmarks;

/// <summary>Verbs: pbs [--yardstick PATH] [--sets 1_1,2_2] [--pairs N], noise [--sets ...] [--keys N].</summary>
internal static class Program
{
    private static readonly Dictionary<string, Func<IReadOnlyDictionary<string, string>, int>> Verbs = new()
    {
        ["pbs"] = PbsBenchmark.Run,
        ["noise"] = NoiseBenchmark.Run,
    };

    private static int Main(string[] arguments)
    {
        if (arguments.Length == 0 || !Verbs.TryGetValue(arguments[0], out var verb))
        {
            Console.Error.WriteLine($"usage: Benchmarks {string.Join('|', Verbs.Keys)} [--option value ...]");
            return 2;
        }
        Dictionary<string, string> options = [];
        for (int i = 1; i + 1 < arguments.Length; i += 2)
            options[arguments[i].TrimStart('-')] = arguments[i + 1];
        return verb(options);
    }
}
