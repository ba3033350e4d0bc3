using System.CommandLine;
using System.CommandLine.Parsing;

namespace ConcreteMl.Cli;

/// <summary>What a mistyped command or option was probably meant to be.</summary>
internal static class Suggestions
{
    /// <summary>The message about an unknown option with the near ones of its command.</summary>
    internal static string Add(string message, ParseResult parsed)
    {
        string? option = parsed.UnmatchedTokens.FirstOrDefault(token =>
            token.StartsWith('-') && message.Contains(token, StringComparison.Ordinal)
        );
        return option is null ? message : message.TrimEnd('.') + Near(option, parsed.CommandResult.Command.Options.SelectMany(Names));
    }

    /// <summary>"; did you mean …?", or nothing when no name is near.</summary>
    internal static string Near(string met, IEnumerable<string> names)
    {
        // A third of the letters may be wrong, at most three.
        int most = Math.Clamp(met.TrimStart('-').Length / 3, 1, 3);
        string[] near =
        [
            .. names
                .Select(name => (Name: name, Distance: IsStart(met, name) ? 0 : Distance(met, name)))
                .Where(candidate => candidate.Distance <= most)
                .OrderBy(candidate => candidate.Distance)
                .Take(3)
                .Select(candidate => candidate.Name),
        ];
        return near.Length == 0 ? "" : $"; did you mean {string.Join(" or ", near)}?";
    }

    private static bool IsStart(string met, string name) => met.Length > 2 && name.StartsWith(met, StringComparison.Ordinal);

    /// <summary>Letters to insert, remove, replace, or swap with their neighbour (optimal string alignment).</summary>
    private static int Distance(string left, string right)
    {
        int[,] costs = new int[left.Length + 1, right.Length + 1];
        for (int row = 0; row <= left.Length; row++)
        {
            for (int column = 0; column <= right.Length; column++)
            {
                costs[row, column] = row == 0 || column == 0 ? row + column : Step(left, right, costs, row, column);
            }
        }

        return costs[left.Length, right.Length];
    }

    private static int Step(string left, string right, int[,] costs, int row, int column)
    {
        int change = costs[row - 1, column - 1] + (left[row - 1] == right[column - 1] ? 0 : 1);
        int best = Math.Min(change, 1 + Math.Min(costs[row - 1, column], costs[row, column - 1]));
        bool swapped = row > 1 && column > 1 && left[row - 1] == right[column - 2] && left[row - 2] == right[column - 1];
        return swapped ? Math.Min(best, costs[row - 2, column - 2] + 1) : best;
    }

    private static IEnumerable<string> Names(Option option) =>
        [option.Name, .. option.Aliases.Where(alias => alias.StartsWith("--", StringComparison.Ordinal))];
}
