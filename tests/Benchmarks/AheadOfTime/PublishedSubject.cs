using System.Diagnostics;
using System.Globalization;

namespace Benchmarks.AheadOfTime;

/// <summary>The measured application in one kind of publication, running.</summary>
internal sealed class PublishedSubject : IDisposable
{
    private readonly Process _process;
    private readonly List<double> _seconds = [];

    private PublishedSubject(SubjectKind kind, Process process)
    {
        Kind = kind;
        _process = process;
        Kernels = ReadLine();
        // the first run compiles, and touches the keys
        Run();
        _seconds.Clear();
    }

    /// <summary>How it was published.</summary>
    internal SubjectKind Kind { get; }

    /// <summary>What it says of its kernels.</summary>
    internal string Kernels { get; }

    /// <summary>Decrypted codes of the last run.</summary>
    internal string Codes { get; private set; } = "";

    /// <summary>Seconds of all runs but the first.</summary>
    internal IReadOnlyList<double> Seconds => _seconds;

    /// <summary>Publishes the application that <paramref name="folder"/> holds and starts it.</summary>
    internal static PublishedSubject Start(SubjectKind kind, string folder, IReadOnlyList<string> arguments)
    {
        string place = Path.Combine(folder, kind.Name);
        Publish(kind, folder, place);
        ProcessStartInfo info = new(Path.Combine(place, "subject"), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return new PublishedSubject(kind, Process.Start(info) ?? throw new InvalidOperationException($"cannot start '{info.FileName}'"));
    }

    /// <summary>One inference.</summary>
    internal void Run()
    {
        _process.StandardInput.WriteLine();
        string[] words = ReadLine().Split(' ');
        _seconds.Add(double.Parse(words[0], CultureInfo.InvariantCulture));
        Codes = words[1];
    }

    /// <summary>Ends the application.</summary>
    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static void Publish(SubjectKind kind, string folder, string place)
    {
        string[] arguments =
        [
            "publish",
            "-c",
            "Release",
            "-nologo",
            "-v",
            "q",
            "-o",
            place,
            $"-p:BaseIntermediateOutputPath=obj-{kind.Name}/",
            .. kind.Properties.Select(property => $"-p:{property}"),
        ];
        ProcessStartInfo info = new("dotnet", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true };
        using Process process = Process.Start(info) ?? throw new InvalidOperationException("cannot start 'dotnet'");
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"publishing '{kind.Name}' ended with exit code {process.ExitCode}: {output}");
    }

    private string ReadLine() =>
        _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"'{Kind.Name}' ended before it answered");
}
