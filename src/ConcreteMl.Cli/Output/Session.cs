using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace ConcreteMl.Cli.Output;

/// <summary>
/// Where one command writes: its result to standard output (one JSON object, or text for people), all else to standard error.
/// </summary>
internal sealed class Session
{
    private static readonly JsonSerializerOptions Layout = new()
    {
        WriteIndented = false,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        // Whole arrays of numbers nest deeper than the default allows only for tensors of very high rank.
        MaxDepth = 256,
    };

    // More characters than any row has.
    private const int Unwrapped = 10_000;

    // ENOMEM
    private const int NoMemory = 12;

    private readonly TextWriter output;
    private readonly TextWriter error;
    private readonly List<Diagnostic> reported = [];

    internal Session(TextWriter output, TextWriter error, bool json, bool verbose)
    {
        this.output = output;
        this.error = error;
        Json = json;
        Verbose = verbose;
    }

    /// <summary>The result is wanted as JSON.</summary>
    internal bool Json { get; }

    /// <summary>Defects show their stack trace.</summary>
    internal bool Verbose { get; }

    /// <summary>Warnings and notes; errors are thrown.</summary>
    internal void Report(Diagnostic diagnostic)
    {
        reported.Add(diagnostic);
        Message(diagnostic.ToString());
    }

    internal void Report(IEnumerable<Diagnostic> diagnostics)
    {
        foreach (Diagnostic diagnostic in diagnostics)
        {
            Report(diagnostic);
        }
    }

    /// <summary>A line for people beside the result.</summary>
    internal void Message(string line) => error.WriteLine(line);

    /// <summary>Shows tables for people beside the result.</summary>
    internal void Message(Action<IAnsiConsole> show) => Show(error, show);

    /// <summary>Text as it is, without wrapping, to standard output.</summary>
    internal void Write(string text) => output.Write(text);

    /// <summary>Ends the command with its result.</summary>
    internal int Finish(JsonObject result, Action<IAnsiConsole> human, int exitCode = ExitCode.Done)
    {
        if (Json)
        {
            if (reported.Count > 0)
            {
                result["diagnostics"] = Diagnostics(reported);
            }

            output.WriteLine(result.ToJsonString(Layout));
        }
        else
        {
            Show(output, human);
        }

        return exitCode;
    }

    /// <summary>Ends the command with plain text, which is also the JSON field <paramref name="field"/>.</summary>
    internal int FinishText(string field, string text)
    {
        if (Json)
        {
            return Finish(new JsonObject { [field] = text }, _ => { });
        }

        output.Write(text);
        return ExitCode.Done;
    }

    private int Refuse(IReadOnlyList<Diagnostic> diagnostics)
    {
        if (Json)
        {
            output.WriteLine(new JsonObject { ["diagnostics"] = Diagnostics([.. reported, .. diagnostics]) }.ToJsonString(Layout));
        }

        foreach (Diagnostic diagnostic in diagnostics)
        {
            Message(diagnostic.ToString());
        }

        string[] codes = [.. diagnostics.Select(diagnostic => diagnostic.Code).Distinct().Order(StringComparer.Ordinal)];
        Message($"More about a code: concreteml explain {codes.FirstOrDefault() ?? "CML6001"}");
        return ExitCode.Refused;
    }

    internal int WrongUsage(IReadOnlyList<string> problems)
    {
        if (Json)
        {
            JsonArray messages = [.. problems.Select(problem => (JsonNode)problem)];
            output.WriteLine(new JsonObject { ["usage"] = messages }.ToJsonString(Layout));
        }

        foreach (string problem in problems)
        {
            Message($"usage: {problem}");
        }

        return ExitCode.Usage;
    }

    /// <summary>Runs a command's work and turns exceptions into exit codes; <paramref name="command"/> is the line to report.</summary>
    internal int Guard(string command, Func<int> work)
    {
        try
        {
            return work();
        }
        catch (CompilationException refusal)
        {
            return Refuse(refusal.Diagnostics);
        }
        catch (OperationCanceledException)
        {
            return Cancel();
        }
        catch (AggregateException several) when (several.Flatten().InnerExceptions.All(inner => inner is CompilationException))
        {
            // from parallel work: each finding once
            return Refuse([
                .. several.Flatten().InnerExceptions.Cast<CompilationException>().SelectMany(refusal => refusal.Diagnostics).Distinct(),
            ]);
        }
        catch (Exception problem) when (IsOutOfMemory(problem))
        {
            return Refuse([
                Diagnostic.Error(
                    "CML6028",
                    null,
                    "there is not enough memory for this",
                    "more memory than the system gives",
                    "Take fewer samples (--limit) or threads (--threads); report says what keys and ciphertexts of a model need"
                ),
            ]);
        }
        catch (Exception defect)
        {
            return Defect(defect, command);
        }
    }

    // What the runtime, its arrays and the operating system say of it; several where work was parallel.
    private static bool IsOutOfMemory(Exception problem) =>
        problem switch
        {
            OutOfMemoryException => true,
            System.ComponentModel.Win32Exception system => system.NativeErrorCode == NoMemory,
            AggregateException several => several.Flatten().InnerExceptions.All(IsOutOfMemory),
            _ => problem.InnerException is { } inner && IsOutOfMemory(inner),
        };

    private int Cancel()
    {
        Message("Stopped.");
        return ExitCode.Cancelled;
    }

    private int Defect(Exception problem, string command)
    {
        string message = $"This is a defect of concreteml, not of your input: {problem.GetType().Name}: {problem.Message}";
        if (Json)
        {
            output.WriteLine(new JsonObject { ["defect"] = message }.ToJsonString(Layout));
        }

        Message(message);
        Message(
            $"Please report it with the command ('{command}'), the version ({CommandLine.Version}) and, if you may share it, the model;"
        );
        Message("adding --verbose shows where it happened.");
        if (Verbose)
        {
            Message(problem.ToString());
        }

        return ExitCode.Defect;
    }

    /// <summary>Runs long work with a progress bar, which shows on a terminal only.</summary>
    internal T WithProgress<T>(string title, Func<Action<string, double>, T> work)
    {
        bool terminal = ReferenceEquals(error, System.Console.Error) && !System.Console.IsErrorRedirected;
        if (!terminal)
        {
            return work((_, _) => { });
        }

        return Make(error)
            .Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask(Markup.Escape(title), maxValue: 1);
                return work(
                    (step, fraction) =>
                    {
                        task.Description = Markup.Escape(step);
                        task.Value = fraction;
                    }
                );
            });
    }

    private static IAnsiConsole Make(TextWriter writer) =>
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });

    /// <summary>On a terminal as wide as it is; elsewhere a row is a line, without blanks at its end.</summary>
    private static void Show(TextWriter writer, Action<IAnsiConsole> show)
    {
        bool terminal =
            (ReferenceEquals(writer, System.Console.Out) && !System.Console.IsOutputRedirected)
            || (ReferenceEquals(writer, System.Console.Error) && !System.Console.IsErrorRedirected);
        if (terminal)
        {
            show(Make(writer));
            return;
        }

        using StringWriter text = new();
        IAnsiConsole console = Make(text);
        console.Profile.Width = Unwrapped;
        show(console);
        foreach (string line in text.ToString().TrimEnd('\n').Split('\n'))
        {
            writer.Write(line.TrimEnd() + "\n");
        }
    }

    private static JsonArray Diagnostics(IEnumerable<Diagnostic> diagnostics)
    {
        JsonArray array = [];
        foreach (Diagnostic diagnostic in diagnostics)
        {
            array.Add(
                new JsonObject
                {
                    ["code"] = diagnostic.Code,
                    ["severity"] = diagnostic.Severity.ToString().ToLowerInvariant(),
                    ["node"] = diagnostic.Node,
                    ["message"] = diagnostic.Message,
                    ["expected"] = diagnostic.Expected,
                    ["cure"] = diagnostic.Cure,
                }
            );
        }

        return array;
    }
}
