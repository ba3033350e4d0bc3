using System.CommandLine;
using System.CommandLine.Parsing;
using System.Reflection;
using ConcreteMl.Cli.Commands;
using ConcreteMl.Cli.Output;

namespace ConcreteMl.Cli;

/// <summary>Parses a command line, runs its command, and turns what happens into an exit code.</summary>
internal static class CommandLine
{
    /// <summary>The product version, without build metadata.</summary>
    internal static string Version { get; } =
        typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? "unknown";

    internal static int Run(string[] arguments, TextWriter output, TextWriter error, CancellationToken cancellation = default)
    {
        RootCommand root = new("Compiles ONNX models to programs that run on encrypted data (TFHE).");
        foreach (ICommand command in All(output, error, string.Join(' ', arguments), cancellation))
        {
            root.Subcommands.Add(command.Build());
        }

        ParseResult parsed = root.Parse(arguments);
        if (arguments.Length == 0)
        {
            root.Parse("--help").Invoke(new InvocationConfiguration { Output = error, Error = error });
            return ExitCode.Usage;
        }

        if (UnknownCommand(root, arguments) is string unknown)
        {
            new Session(output, error, arguments.Contains("--json"), verbose: false).WrongUsage([unknown]);
            error.WriteLine("Help: concreteml --help, concreteml COMMAND --help");
            return ExitCode.Usage;
        }

        if (parsed.Errors.Count > 0)
        {
            // The parser repeats a missing argument in several words.
            string[] problems = [.. parsed.Errors.Select(problem => Suggestions.Add(problem.Message, parsed)).Distinct()];
            bool json = arguments.Contains("--json");
            new Session(output, error, json, verbose: false).WrongUsage(problems);
            error.WriteLine("Help: concreteml --help, concreteml COMMAND --help");
            return ExitCode.Usage;
        }

        return parsed.Invoke(
            new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            }
        );
    }

    // The parser shows the root's help for an unknown command with --help.
    private static string? UnknownCommand(RootCommand root, string[] arguments)
    {
        string? first = arguments.FirstOrDefault();
        bool isCommand = first is not null && !first.StartsWith('-') && !first.StartsWith('[') && !first.StartsWith('@');
        return isCommand && root.Subcommands.All(command => command.Name != first)
            ? $"'{first}' is no command{Suggestions.Near(first!, root.Subcommands.Select(command => command.Name))}"
            : null;
    }

    private static IEnumerable<ICommand> All(TextWriter output, TextWriter error, string line, CancellationToken cancellation)
    {
        Runner runner = new(output, error, line, cancellation);
        yield return new CompileCommand(runner);
        yield return new TuneCommand(runner);
        yield return new RunCommand(runner);
        yield return new CheckCommand(runner);
        yield return new ScoreCommand(runner);
        yield return new ReportCommand(runner);
        yield return new DumpCommand(runner);
        yield return new EvalCommand(runner);
        yield return new OptCommand(runner);
        yield return new PassesCommand(runner);
        yield return new DiffCommand(runner);
        yield return new ReduceCommand(runner);
        yield return new GraphCommand(runner);
        yield return new ExportCommand(runner);
        yield return new KeygenCommand(runner);
        yield return new EncryptCommand(runner);
        yield return new ExecuteCommand(runner);
        yield return new DecryptCommand(runner);
        yield return new ServeCommand(runner);
        yield return new RemoteCommand(runner);
        yield return new ConformanceCommand(runner);
        yield return new OpsCommand(runner);
        yield return new ExplainCommand(runner);
    }
}
