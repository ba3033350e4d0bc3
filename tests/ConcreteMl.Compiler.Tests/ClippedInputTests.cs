using System.Text.Json;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>Inputs beyond the calibrated range are counted and said, in every quantized mode.</summary>
public sealed class ClippedInputTests
{
    private readonly Scratch scratch = new();

    [OneTimeTearDown]
    public void RemoveScratch() => scratch.Dispose();

    [Test]
    public void The_api_tells_of_clipped_inputs_by_name([Values] FheMode mode)
    {
        using QuantizedModule module = TinyModel.Compile();
        List<ClippedInput> told = [];
        module.InputsClipped += (_, clipped) => told.AddRange(clipped.Inputs);
        module.Forward([Tensor.Create([0.5f, -0.5f, 0, 0.1f], 1, 4)], mode);
        Assert.That(told, Is.Empty);
        module.Forward([Tensor.Create([50f, -0.5f, -50f, 0.1f, 0, 0, 0, 50f], 2, 4)], mode);
        Assert.That(told, Is.EqualTo(new[] { new ClippedInput("x0", 3, 8) }));
        module.QuantizeInput([Tensor.Create([50f, 0, 0, 0], 1, 4)]);
        Assert.That(told[^1], Is.EqualTo(new ClippedInput("x0", 1, 4)));
    }

    [Test]
    public void Run_score_and_check_count_clipped_inputs_and_warn()
    {
        string artefact = scratch.At("tiny.cml");
        using QuantizedModule module = TinyModel.Compile();
        module.Save(artefact);
        Tensor y = Tensor.Create([0f, 0, 0, 0], 1, 4);
        string far = scratch.WriteArrays("far.npz", ("x0", Tensor.Create([50f, 0, -50f, 0.1f], 1, 4)), ("y0", y));
        string near = scratch.WriteArrays("near.npz", ("x0", Tensor.Create([0.5f, 0, -0.5f, 0.1f], 1, 4)), ("y0", y));
        string[][] commands =
        [
            ["run", "--mode", "clear"],
            ["run", "--mode", "simulate"],
            ["run", "--mode", "execute"],
            ["score", "--mode", "clear"],
            ["score", "--mode", "simulate"],
            ["score", "--mode", "execute"],
            ["check"],
        ];
        foreach (string[] command in commands)
        {
            Cli met = Cli.Run([command[0], artefact, "--input", far, "--json", .. command[1..]]);
            Assert.That(met.ExitCode, Is.Zero, met.Error);
            Assert.That(met.Json().GetProperty("clipped_inputs").GetInt64(), Is.EqualTo(2), command[0]);
            JsonElement warning = met.Json().GetProperty("diagnostics")[0];
            Assert.That(warning.GetProperty("code").GetString(), Is.EqualTo("CML6027"));
            Assert.That(warning.GetProperty("node").GetString(), Is.EqualTo("x0"));
            Assert.That(met.Error, Does.Contain("2 of 4 values"));
            Cli quiet = Cli.Run([command[0], artefact, "--input", near, "--json", .. command[1..]]);
            Assert.That(quiet.Json().GetProperty("clipped_inputs").GetInt64(), Is.Zero);
            Assert.That(quiet.Error, Does.Not.Contain("CML6027"));
        }
    }

    [Test]
    public void Bootstraps_are_those_of_one_sample_in_every_command()
    {
        long report = Cli.Run("report", DigitsMlp.Artefact, "--json").Json().GetProperty("bootstraps").GetInt64();
        foreach (string mode in new[] { "clear", "simulate" })
        {
            Cli run = Cli.Run("run", DigitsMlp.Artefact, "--input", DigitsMlp.Test, "--limit", "3", "--mode", mode, "--json");
            Assert.That(run.Json().GetProperty("bootstraps").GetInt64(), Is.EqualTo(report), mode);
        }
    }
}
