using System.Globalization;
using System.Security.Cryptography;

namespace Fuzzing;

/// <summary>
/// Feeds damaged files of every kind to the commands, in this process: `fuzz --seconds N` or `--count N`, with a fresh seed unless
/// `--seed` gives one; `--subject NAME --index I` makes one input again.
/// </summary>
internal static class Program
{
    private static readonly string[] Names = ["--seconds", "--count", "--seed", "--subject", "--index", "--models"];

    private static int Main(string[] arguments)
    {
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
        try
        {
            Dictionary<string, string> options = Read(arguments);
            int seed = options.ContainsKey("--seed") ? Whole(options, "--seed", 0) : RandomNumberGenerator.GetInt32(int.MaxValue);
            using Corpus corpus = new(options.GetValueOrDefault("--models"));
            Campaign campaign = new(seed, Chosen(corpus, options.GetValueOrDefault("--subject")));
            return options.ContainsKey("--index")
                ? campaign.Again(Whole(options, "--index", 0))
                : campaign.Run(TimeSpan.FromSeconds(Whole(options, "--seconds", 60)), Whole(options, "--count", int.MaxValue));
        }
        catch (ArgumentException refusal)
        {
            Console.Error.WriteLine($"fuzz: {refusal.Message}");
            Console.Error.WriteLine($"usage: fuzz [{string.Join(" N] [", Names)} N]");
            return 2;
        }
    }

    private static Dictionary<string, string> Read(string[] arguments)
    {
        Dictionary<string, string> options = [];
        for (int at = 0; at < arguments.Length; at += 2)
        {
            if (!Names.Contains(arguments[at]) || at + 1 == arguments.Length || !options.TryAdd(arguments[at], arguments[at + 1]))
            {
                throw new ArgumentException($"'{arguments[at]}' is no option, lacks its value or is given twice");
            }
        }

        return options;
    }

    private static int Whole(Dictionary<string, string> options, string name, int standard) =>
        !options.TryGetValue(name, out string? text) ? standard
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
        : throw new ArgumentException($"{name} takes a whole number, met '{text}'");

    private static IReadOnlyList<Subject> Chosen(Corpus corpus, string? name)
    {
        IReadOnlyList<Subject> all = Subject.All(corpus);
        return name is null ? all
            : all.Where(subject => subject.Name == name).ToList() is { Count: > 0 } one ? one
            : throw new ArgumentException($"--subject takes one of {string.Join(", ", all.Select(subject => subject.Name))}, met '{name}'");
    }
}
