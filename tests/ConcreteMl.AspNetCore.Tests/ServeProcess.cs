using System.Diagnostics;
using System.Text.Json;

namespace ConcreteMl.AspNetCore.Tests;

/// <summary>"concreteml serve" as a process of its own.</summary>
internal sealed class ServeProcess : IDisposable
{
    private readonly Process process;

    internal ServeProcess(string store)
        : this(store, TinyHalves.Server) { }

    internal ServeProcess(string store, string half, params string[] more)
    {
        // its own folder, where all that it needs lies beside it
        string tool = Path.Combine(AppContext.BaseDirectory, "..", "..", "ConcreteMl.Cli", "release", "concreteml.dll");
        string[] arguments = [tool, "serve", half, "--urls", "http://127.0.0.1:0", "--store", store, "--json", .. more];
        ProcessStartInfo start = new("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        string line = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the server did not start");
        Address = new Uri(JsonDocument.Parse(line).RootElement.GetProperty("urls")[0].GetString()!);
    }

    internal Uri Address { get; }

    internal long PeakBytes
    {
        get
        {
            process.Refresh();
            return process.PeakWorkingSet64;
        }
    }

    /// <summary>Ends it as a crash would (SIGKILL).</summary>
    internal void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>Asks it to end (SIGTERM).</summary>
    /// <returns>Its exit code.</returns>
    internal int Terminate()
    {
        using Process signal = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        signal.WaitForExit();
        process.WaitForExit();
        return process.ExitCode;
    }

    public void Dispose()
    {
        if (!process.HasExited)
            Kill();
        process.Dispose();
    }
}
