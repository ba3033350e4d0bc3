using System.Diagnostics;
using ConcreteMl.Cli;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>The same model, samples and options give the same artefact, whatever instructions the processor has.</summary>
public sealed class InstructionSetTests
{
    private readonly Scratch scratch = new();

    private byte[] everything = [];

    [OneTimeSetUp]
    public void Compile_with_everything() => everything = Compiled(null);

    [OneTimeTearDown]
    public void RemoveScratch() => scratch.Dispose();

    [TestCase("DOTNET_EnableAVX512F")]
    [TestCase("DOTNET_EnableAVX512")]
    [TestCase("DOTNET_EnableAVX2")]
    [TestCase("DOTNET_EnableHWIntrinsic")]
    public void An_artefact_does_not_depend_on(string instructions) =>
        Assert.That(Compiled(instructions).AsSpan().SequenceEqual(everything), $"with {instructions}=0 the bytes differ");

    /// <summary>The artefact that another process makes, without these instructions.</summary>
    private byte[] Compiled(string? without)
    {
        string artefact = scratch.At($"{without ?? "all"}.cml");
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (
            string argument in (string[])
                [
                    typeof(CommandLine).Assembly.Location,
                    "compile",
                    DigitsMlp.Model,
                    "--calibration",
                    DigitsMlp.Calibration,
                    "--bits",
                    "4",
                    "--rounding",
                    "6",
                    "-o",
                    artefact,
                ]
        )
        {
            start.ArgumentList.Add(argument);
        }

        if (without is not null)
        {
            start.Environment[without] = "0";
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, error + output.Result);
        return File.ReadAllBytes(artefact);
    }
}
