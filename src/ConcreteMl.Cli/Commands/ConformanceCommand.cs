using System.CommandLine;
using System.Text.Json.Nodes;
using ConcreteMl.Cli.Output;
using ConcreteMl.Interop;
using Spectre.Console;

namespace ConcreteMl.Cli.Commands;

/// <summary>conformance DIR: ONNX's own backend tests through the float interpreter.</summary>
internal sealed class ConformanceCommand(Runner runner) : ICommand
{
    private readonly Argument<DirectoryInfo> folder = new("DIR")
    {
        Description = "A folder with model.onnx and test_data_set_* folders below, as in ONNX's backend tests",
    };

    public Command Build() =>
        runner.Attach(new Command("conformance", "Run recorded ONNX test folders through the float interpreter") { folder }, Run);

    private int Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        string root = parsed.GetRequiredValue(folder).ToString();
        IReadOnlyList<string> cases = Directory.Exists(root) ? CoreConformance.Folders(root) : [];
        if (cases.Count == 0)
        {
            throw new CompilationException(
                Diagnostic.Error(
                    "CML6025",
                    root,
                    Directory.Exists(root) ? "no folder below holds a model with recorded data" : "there is no such folder",
                    "folders with model.onnx and test_data_set_*/input_*.pb, output_*.pb",
                    "Debian has ONNX's own in libonnx-testdata"
                )
            );
        }

        ConformanceOutcome[] outcomes = session.WithProgress(
            "conformance",
            show =>
            {
                ConformanceOutcome[] results = new ConformanceOutcome[cases.Count];
                int done = 0;
                Parallel.For(
                    0,
                    results.Length,
                    new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount },
                    index =>
                    {
                        results[index] = CoreConformance.Run(cases[index]);
                        show("conformance", (double)Interlocked.Increment(ref done) / results.Length);
                    }
                );
                return results;
            }
        );
        return Finish(session, root, outcomes);
    }

    private static int Finish(Session session, string root, ConformanceOutcome[] outcomes)
    {
        string Name(ConformanceOutcome outcome) => Path.GetRelativePath(root, outcome.Folder);
        ConformanceOutcome[] passed = [.. outcomes.Where(outcome => outcome.Passed)];
        ConformanceOutcome[] failed = [.. outcomes.Where(outcome => outcome.Failure is not null)];
        ConformanceOutcome[] unsupported = [.. outcomes.Where(outcome => outcome.Unsupported is not null)];
        JsonArray failures =
        [
            .. failed.Select(outcome => new JsonObject
            {
                ["name"] = Name(outcome),
                ["largest_difference"] = JsonTensors.Number(outcome.Largest),
                ["detail"] = outcome.Failure,
            }),
        ];
        JsonArray missing =
        [
            .. unsupported.Select(outcome => new JsonObject { ["name"] = Name(outcome), ["reason"] = outcome.Unsupported }),
        ];
        JsonObject result = new()
        {
            ["passed"] = new JsonArray([.. passed.Select(outcome => (JsonNode)Name(outcome))]),
            ["failed"] = failures,
            ["unsupported"] = missing,
        };
        return session.Finish(
            result,
            console =>
            {
                foreach (ConformanceOutcome outcome in unsupported)
                {
                    console.WriteLine($"unsupported  {Name(outcome)}: {outcome.Unsupported}");
                }

                foreach (ConformanceOutcome outcome in failed)
                {
                    console.WriteLine(
                        $"failed       {Name(outcome)}: {outcome.Failure}, largest difference {Numbers.Figure(outcome.Largest)}"
                    );
                }

                console.WriteLine($"{passed.Length} passed, {failed.Length} failed, {unsupported.Length} unsupported");
            },
            failed.Length == 0 ? ExitCode.Done : ExitCode.Refused
        );
    }
}
