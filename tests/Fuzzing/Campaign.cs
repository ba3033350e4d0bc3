using System.Diagnostics;
using System.Text.RegularExpressions;
using ConcreteMl.Cli;

namespace Fuzzing;

/// <summary>
/// Makes input after input and runs its commands. An input is found wanting where a command ends in another exit code than done,
/// refused or disagreement, refuses without a code, tells users of the runtime's exceptions, or takes too long or too much.
/// </summary>
internal sealed partial class Campaign(int seed, IReadOnlyList<Subject> subjects)
{
    // Findings enough to look at; more of them are mostly the same one again.
    private const int MostFindings = 20;

    private readonly string folder = Directory.CreateTempSubdirectory("concreteml-fuzz-").FullName;
    private readonly SortedDictionary<int, long> codes = [];
    private readonly HashSet<string> kinds = [];
    private int findings;

    /// <summary>Runs until time or count are used up; exit code 1 where an input was found wanting.</summary>
    internal int Run(TimeSpan time, int count)
    {
        Console.WriteLine($"fuzz: seed {seed}");
        using Watch watch = new(Abandon);
        Stopwatch clock = Stopwatch.StartNew();
        int index = 0;
        for (; index < count && clock.Elapsed < time && kinds.Count < MostFindings; index++)
        {
            Try(watch, index);
        }

        string ends = string.Join(", ", codes.Select(code => $"{code.Value} ended in {code.Key}"));
        Console.WriteLine($"fuzz: {index} inputs in {clock.Elapsed.TotalSeconds:F0} s, {ends}; at most {watch.MostBytes >> 20} MiB");
        Console.WriteLine($"fuzz: slowest input {watch.Slowest.TotalSeconds:F1} s ({watch.SlowestName})");
        Directory.Delete(folder, recursive: true);
        if (findings > kinds.Count)
        {
            Console.WriteLine($"fuzz: {findings - kinds.Count} more findings of the same kinds");
        }

        return findings == 0 ? 0 : 1;
    }

    /// <summary>Makes one input of the campaign again, leaves its files and shows what the commands say.</summary>
    internal int Again(int index)
    {
        string files = Directory.CreateTempSubdirectory("concreteml-fuzz-again-").FullName;
        foreach (string[] line in Subject(index).Make(Randomness(index), files))
        {
            Console.WriteLine($"concreteml {string.Join(' ', line)}");
            Console.WriteLine($"ends in {CommandLine.Run([.. line, "--verbose"], Console.Out, Console.Error)}");
        }

        return 0;
    }

    private void Try(Watch watch, int index)
    {
        string own = Path.Combine(folder, "input");
        Directory.CreateDirectory(own);
        string name = $"--seed {seed} --subject {Subject(index).Name} --index {index}";
        watch.Begin(name);
        try
        {
            foreach (string[] line in Subject(index).Make(Randomness(index), own))
            {
                StringWriter output = new();
                StringWriter error = new();
                int code = CommandLine.Run(line, output, error);
                codes[code] = codes.GetValueOrDefault(code) + 1;
                if (Complaint(code, error.ToString()) is string complaint)
                {
                    Find(name, $"concreteml {line[0]}: {complaint}");
                }
            }
        }
        catch (Exception problem)
        {
            Find(name, problem.ToString());
        }

        watch.End();
        Directory.Delete(own, recursive: true);
    }

    private void Find(string name, string complaint)
    {
        findings++;
        if (!kinds.Add(Variable().Replace(complaint, "")))
        {
            return;
        }

        Console.WriteLine($"fuzz: found {name}\n    {complaint.ReplaceLineEndings("\n    ")}");
    }

    // Nothing else can stop a thread: the process ends with it, and the input's name is what is left.
    private static void Abandon(string name, string reason)
    {
        Console.WriteLine($"fuzz: found {name}\n    {reason}");
        Console.Out.Flush();
        Environment.Exit(1);
    }

    private static string? Complaint(int code, string error) =>
        code is not (ExitCode.Done or ExitCode.Refused or ExitCode.Disagreement) ? $"exit code {code}: {error}"
        : code == ExitCode.Refused && !Coded().IsMatch(error) ? $"refused without a code: {error}"
        : Leaked().IsMatch(error) ? $"tells users of exceptions: {error}"
        : null;

    private Subject Subject(int index) => subjects[index % subjects.Count];

    // With one subject chosen the index still names the same input.
    private Random Randomness(int index) => new(HashOf(seed, Subject(index).Name, index));

    private static int HashOf(int seed, string name, int index)
    {
        uint hash = 2166136261;
        foreach (char part in $"{seed} {name} {index}")
        {
            hash = (hash ^ part) * 16777619;
        }

        return (int)(hash & int.MaxValue);
    }

    // Numbers, quoted names and paths differ where the kind of finding does not.
    [GeneratedRegex(@"[-+]?[0-9.]+(E[-+]?[0-9]+)?|'[^']*'|/tmp/\S*| at [^:]*:")]
    private static partial Regex Variable();

    [GeneratedRegex("error CML[0-9]{4}")]
    private static partial Regex Coded();

    [GeneratedRegex(@"^\s+at [A-Z]\w+\.|\b[A-Z]\w+Exception\b|Parameter '\w+'|\(Parameter", RegexOptions.Multiline)]
    private static partial Regex Leaked();
}
