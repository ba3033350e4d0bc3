using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace ConcreteMl.Cli.Commands;

/// <summary>The options that say what a tuning looks for, and for how long.</summary>
internal sealed class TuneArguments
{
    private readonly Option<FileInfo?> validation = new("--validation", "-V")
    {
        Description = "Samples to compare settings on (.npz: x0, …, with label or y0, …; default: every fourth calibration sample)",
        HelpName = "V.npz",
    };

    private readonly Option<TuneTarget?> target = new("--target")
    {
        Description =
            "accuracy=A or error=E (of the output's deviation): the fastest that reaches it; seconds=S or key=SIZE (12MB): the least error within it "
            + "(default: at most a tenth more error than 6 bits without rounding)",
        HelpName = "TARGET",
        CustomParser = ParseTarget,
    };

    private readonly Option<TimeSpan?> budget = new("--budget")
    {
        Description = "The longest time to search, such as 60s, 5m, 1h (default 2m)",
        HelpName = "TIME",
        CustomParser = ParseBudget,
    };

    private readonly Option<bool> exact = new("--exact") { Description = "No approximate rounding" };

    private readonly Option<long> seed = new("--seed", "-s") { Description = "Seed of the simulated noise (default 0)" };

    internal void AddTo(Command command)
    {
        Option[] options = [validation, target, budget, exact, seed];
        foreach (Option option in options)
        {
            command.Options.Add(option);
        }
    }

    internal string? Validation(ParseResult parsed) => parsed.GetValue(validation)?.ToString();

    internal TuneTarget? Target(ParseResult parsed) => parsed.GetValue(target);

    /// <param name="parsed">The command line.</param>
    /// <param name="cores">Cores that times are predicted for; 0: all.</param>
    internal TuneOptions Options(ParseResult parsed, int cores)
    {
        TuneOptions defaults = new();
        return defaults with
        {
            Budget = parsed.GetValue(budget) ?? defaults.Budget,
            Seed = (ulong)parsed.GetValue(seed),
            Cores = cores,
            Approximate = !parsed.GetValue(exact),
        };
    }

    private static TuneTarget? ParseTarget(ArgumentResult result)
    {
        try
        {
            return TuneTarget.Parse(result.Tokens[0].Value);
        }
        catch (CompilationException refusal)
        {
            result.AddError($"--target: {refusal.Diagnostics[0].Message}; {refusal.Diagnostics[0].Expected}");
            return null;
        }
    }

    private static TimeSpan? ParseBudget(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        (double unit, int letters) =
            text.Length == 0 ? (1.0, 0)
            : text[^1] == 's' ? (1.0, 1)
            : text[^1] == 'm' ? (60.0, 1)
            : text[^1] == 'h' ? (3600.0, 1)
            : (1.0, 0);
        bool sound = double.TryParse(text[..^letters], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count);
        double seconds = count * unit;
        if (!sound || seconds is not (> 0 and < 1e6))
        {
            result.AddError("--budget takes a time such as 60s, 5m or 1h, up to 277 hours.");
            return null;
        }

        return TimeSpan.FromSeconds(seconds);
    }
}
