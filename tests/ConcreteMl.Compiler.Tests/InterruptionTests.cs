using System.Diagnostics;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

[Platform("Linux,MacOsX")]
internal sealed class InterruptionTests
{
    private readonly Random random = new();
    private Scratch scratch = null!;

    [SetUp]
    public void Open() => scratch = new Scratch();

    [TearDown]
    public void Close() => scratch.Dispose();

    [TestCase("INT")]
    [TestCase("TERM")]
    public void A_signal_stops_a_compilation_and_leaves_the_old_file(string signal)
    {
        string target = scratch.Write("old.cml", "old"u8.ToArray());
        Stop(signal, ["compile", DigitsMlp.Model, "-c", DigitsMlp.Calibration, "-o", target]);
        Assert.That(File.ReadAllText(target), Is.EqualTo("old"));
    }

    [TestCase("INT", "run", "--mode", "execute")]
    [TestCase("TERM", "check")]
    public void A_signal_stops_key_making_and_runs(string signal, string command, params string[] more)
    {
        Stop(signal, [command, DigitsMlp.Artefact, "--input", DigitsMlp.Test, .. more]);
    }

    /// <summary>The commands take seconds; the signal comes somewhere in the first one.</summary>
    private void Stop(string signal, string[] line)
    {
        using Process process = ToolProcess.Start(line);
        int delay = random.Next(250, 900);
        Thread.Sleep(delay);
        Assert.That(process.HasExited, Is.False, "the command was done before the signal");
        ToolProcess.Signal(process, signal);
        Task<string> error = process.StandardError.ReadToEndAsync();
        bool ended = process.WaitForExit(20_000);
        if (!ended)
        {
            process.Kill();
        }

        Assert.That(ended, $"goes on after {delay} ms");
        Assert.That(process.ExitCode, Is.EqualTo(130), $"after {delay} ms: {error.Result}");
        Assert.That(error.Result, Does.Contain("Stopped.").And.Not.Contain("   at "));
    }
}
