using System.CommandLine;

namespace ConcreteMl.Cli.Commands;

/// <summary>Options that the commands of the two halves share.</summary>
internal static class HalfOptions
{
    /// <summary>The variable that holds the passphrase of secret keys; a command line would show it to other users.</summary>
    internal const string PassphraseVariable = "CONCRETEML_PASSPHRASE";

    internal static string? Passphrase => Environment.GetEnvironmentVariable(PassphraseVariable) is { Length: > 0 } phrase ? phrase : null;

    internal static Argument<FileInfo> Client() => new("CLIENT") { Description = "The client's half of a model" };

    internal static Option<FileInfo> Required(string name, string description, string helpName, params string[] aliases) =>
        new(name, aliases)
        {
            Description = description,
            Required = true,
            HelpName = helpName,
        };

    internal static Option<FileInfo> Secret() => Required("--secret", $"The secret key; {PassphraseVariable} may hold its passphrase", "K");

    internal static Option<FileInfo> Evaluation() => Required("--evaluation", "The evaluation key, which is public", "E");

    internal static string Path(this ParseResult parsed, Option<FileInfo> option) => parsed.GetRequiredValue(option).ToString();
}
