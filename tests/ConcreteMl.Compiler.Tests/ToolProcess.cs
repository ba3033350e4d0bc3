using System.Diagnostics;

namespace ConcreteMl.Compiler.Tests;

/// <summary>The command line as a process of its own, for signals, streams and kills.</summary>
internal static class ToolProcess
{
    internal static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "concreteml");

    /// <summary>Starts it with standard output and error read through pipes.</summary>
    internal static Process Start(params string[] arguments) =>
        OperatingSystem.IsLinux()
            // a shell that started the tests in the background may have them ignore interrupts, and children inherit that
            ? Begin("/usr/bin/env", ["--default-signal=INT,TERM", Path, .. arguments])
            : Begin(Path, arguments);

    /// <summary>Runs a line of the shell in which "$TOOL" is the command line; null where there is no such shell.</summary>
    internal static (int ExitCode, string Output, string Error) Shell(string line)
    {
        using Process process = Begin("/bin/sh", ["-c", $"TOOL='{Path}'; {line}"]);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    internal static void Signal(Process process, string name)
    {
        using Process kill = Begin("/bin/kill", [$"-{name}", $"{process.Id}"]);
        kill.WaitForExit();
    }

    private static Process Begin(string file, IEnumerable<string> arguments) =>
        Process.Start(
            new ProcessStartInfo(file, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                RedirectStandardInput = true,
            }
        )!;
}
