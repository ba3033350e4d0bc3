using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using ConcreteMl.Cli.Output;
using ConcreteMl.Data;

namespace ConcreteMl.Cli.Commands;

/// <summary>reduce FILE --keep 'COMMAND': the smallest graph found with which the command still exits 0.</summary>
internal sealed class ReduceCommand(Runner runner) : ICommand
{
    private readonly Argument<FileInfo> file = new("FILE") { Description = "The text of a stage, ONNX's included" };

    private readonly Option<string> keep = new("--keep", "-k")
    {
        Description = "A shell command that exits 0 while the fault is there; {} stands for the file, which is its last word otherwise",
        Required = true,
        HelpName = "COMMAND",
    };

    private readonly Option<FileInfo?> output = new("--output", "-o")
    {
        Description = "Write the text to this file instead of standard output",
        HelpName = "OUT",
    };

    public Command Build() =>
        runner.Attach(new Command("reduce", "Shrink a graph as long as a command exits 0 on it") { file, keep, output }, Run);

    private int Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        string path = parsed.GetRequiredValue(file).ToString();
        string command = parsed.GetRequiredValue(keep);
        StageText text = StageText.Load(path);
        using Trial trial = new(command, Path.GetExtension(path), cancellation);
        if (!trial.Keeps(text))
        {
            throw new CompilationException([
                new Diagnostic(
                    "CML7010",
                    DiagnosticSeverity.Error,
                    path,
                    "the command does not exit 0 on the whole file, so there is nothing to keep",
                    "a command that exits 0 while the fault is there",
                    "Try the command on the file itself; `! command` turns its answer round"
                ),
            ]);
        }

        StageText small = text.Reduce(trial.Keeps, nodes => session.Message($"{nodes} nodes"));
        string made = small.Print();
        if (parsed.GetValue(output) is not FileInfo target)
        {
            return session.FinishText("text", made);
        }

        Files.WriteText(target.ToString(), made);
        JsonObject result = new()
        {
            ["output"] = target.ToString(),
            ["nodes"] = small.NodeCount,
            ["tries"] = trial.Count,
        };
        return session.Finish(result, _ => session.Message($"{target}: {small.NodeCount} nodes after {trial.Count} tries"));
    }

    /// <summary>Runs the command on candidates, in a file of its own.</summary>
    private sealed class Trial(string command, string extension, CancellationToken cancellation) : IDisposable
    {
        private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("concreteml-reduce-");

        internal int Count { get; private set; }

        internal bool Keeps(StageText text)
        {
            cancellation.ThrowIfCancellationRequested();
            Count++;
            string candidate = Path.Combine(folder.FullName, "candidate" + extension);
            Files.WriteText(candidate, text.Print());
            string line = command.Contains("{}", StringComparison.Ordinal)
                ? command.Replace("{}", candidate, StringComparison.Ordinal)
                : $"{command} {candidate}";
            ProcessStartInfo start = OperatingSystem.IsWindows() ? new("cmd.exe", ["/c", line]) : new("/bin/sh", ["-c", line]);
            start.RedirectStandardOutput = true;
            start.RedirectStandardError = true;
            using Process process = Process.Start(start)!;
            using CancellationTokenRegistration stop = cancellation.Register(() => process.Kill(entireProcessTree: true));
            Task drained = Task.WhenAll(
                process.StandardOutput.ReadToEndAsync(cancellation),
                process.StandardError.ReadToEndAsync(cancellation)
            );
            process.WaitForExit();
            drained.GetAwaiter().GetResult();
            return process.ExitCode == 0;
        }

        public void Dispose() => folder.Delete(recursive: true);
    }
}
