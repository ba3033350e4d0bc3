using System.IO.Compression;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>Wrong files of every kind: a coded refusal, exit code 1, one JSON object, never a stack trace.</summary>
public sealed class RefusalTests
{
    private readonly Scratch scratch = new();

    [OneTimeTearDown]
    public void RemoveScratch() => scratch.Dispose();

    [Test]
    public void A_missing_model_and_a_folder_in_its_place()
    {
        Refused("CML6001", Compile(scratch.At("missing.onnx"), DigitsMlp.Calibration));
        Refused("CML6001", Compile(Tree.At("tests", "models"), DigitsMlp.Calibration));
    }

    [Test]
    public void A_model_that_is_truncated_or_no_model()
    {
        byte[] model = File.ReadAllBytes(DigitsMlp.Model);
        foreach (byte[] bytes in new[] { [], "hello"u8.ToArray(), model[..(model.Length / 2)], model[..^1] })
        {
            Cli run = Compile(scratch.Write("bad.onnx", bytes), DigitsMlp.Calibration);
            Assert.That(run.ExitCode, Is.EqualTo(1), $"{bytes.Length} bytes: {run.Error}");
            Assert.That(run.Codes(), Is.All.StartsWith("CML1"));
        }
    }

    [Test]
    public void Calibration_that_is_missing_damaged_or_of_another_shape_or_type()
    {
        Refused("CML6023", Cli.Run("compile", DigitsMlp.Model, "-o", scratch.At("out.cml"), "--json"));
        Refused("CML6001", Compile(DigitsMlp.Model, scratch.At("missing.npz")));
        Refused("CML6010", Compile(DigitsMlp.Model, scratch.Write("bad.npz", "no archive"u8.ToArray())));
        Refused("CML6012", Compile(DigitsMlp.Model, Arrays(("y0", Tensor.Create<float>(new float[64], 1, 64)))));
        Refused("CML6013", Compile(DigitsMlp.Model, Arrays(("x0", Tensor.Create<float>(new float[32], 1, 32)))));
        Refused("CML6014", Compile(DigitsMlp.Model, Arrays(("x0", Tensor.Create<long>(new long[64], 1, 64)))));
        Refused("CML6017", Compile(DigitsMlp.Model, Arrays(("x0", Tensor.Create<float>([], 0, 64)))));
    }

    [Test]
    public void NaN_and_infinity_in_calibration_and_inputs()
    {
        foreach (float bad in new[] { float.NaN, float.PositiveInfinity })
        {
            float[] values = new float[128];
            values[70] = bad;
            string file = Arrays(("x0", Tensor.Create<float>(values, 2, 64)));
            Refused("CML6018", Compile(DigitsMlp.Model, file));
            Refused("CML6018", Cli.Run("run", DigitsMlp.Artefact, "--input", file, "--mode", "clear", "--json"));
        }
    }

    [Test]
    public void An_artefact_that_is_damaged_anywhere()
    {
        byte[] sound = File.ReadAllBytes(DigitsMlp.Artefact);
        for (int step = 1; step < 24; step++)
        {
            byte[] changed = (byte[])sound.Clone();
            changed[sound.Length * step / 24] ^= 0x55;
            Cli run = Cli.Run("report", scratch.Write("bad.cml", changed), "--json");
            bool refused = run.ExitCode == 1 && run.Codes().All(code => code is "CML6101" or "CML6102" or "CML6103");

            // Bytes that no reader looks at, such as time stamps, may differ; the parts themselves may not.
            bool unharmed = run.ExitCode == 0 && run.Output == Cli.Run("report", DigitsMlp.Artefact, "--json").Output;
            Assert.That(refused || unharmed, $"byte {sound.Length * step / 24}: {run.Error}");
        }

        Refused("CML6102", Cli.Run("report", scratch.Write("short.cml", sound[..(sound.Length / 2)]), "--json"));
        Refused("CML6101", Cli.Run("report", scratch.Write("text.cml", "hello"u8.ToArray()), "--json"));
    }

    [Test]
    public void An_artefact_with_an_exchanged_part_or_of_another_major_version()
    {
        string exchanged = scratch.Write("exchanged.cml", Edit("quant.mlir", text => text.Replace("0", "1", StringComparison.Ordinal)));
        Refused("CML6102", Cli.Run("report", exchanged, "--json"));
        string future = scratch.Write(
            "future.cml",
            Edit(
                "manifest.json",
                text => text.Replace("\"format_version\": \"2.0\"", "\"format_version\": \"3.0\"", StringComparison.Ordinal)
            )
        );
        Cli run = Cli.Run("run", future, "--input", DigitsMlp.Test, "--mode", "clear", "--json");
        Refused("CML6103", run);
        Assert.That(run.Error, Does.Contain("3.0"));
    }

    [Test]
    public void A_model_in_a_mode_that_needs_an_artefact()
    {
        Refused("CML6302", Cli.Run("run", DigitsMlp.Model, "--input", DigitsMlp.Test, "--mode", "execute", "--json"));
        Refused("CML6302", Cli.Run("check", DigitsMlp.Model, "--input", DigitsMlp.Test, "--json"));
    }

    [Test]
    public void An_output_that_cannot_be_written()
    {
        Refused("CML6003", Compile(DigitsMlp.Model, DigitsMlp.Calibration, scratch.At("no/such/folder/out.cml")));
    }

    [Test]
    public void A_strict_bound_beside_another()
    {
        string[] line = ["compile", DigitsMlp.Model, "--calibration", DigitsMlp.Calibration, "-o", scratch.At("strict.cml"), "--json"];
        Refused("CML6022", Cli.Run([.. line, "--strict", "--p-error", "1e-9"]));
        Refused("CML6026", Cli.Run([.. line, "--strict", "--rounding", "6:approximate"]));
    }

    [Test]
    public void A_text_that_is_no_stage()
    {
        Cli run = Cli.Run("dump", scratch.Write("bad.mlir", "module { nonsense"u8.ToArray()), "--json");
        Assert.That(run.ExitCode, Is.EqualTo(1));
        Refused("CML6021", Cli.Run("dump", Stage("quant"), "--stage", "float", "--json"));
    }

    [Test]
    public void Wrong_usage_ends_with_exit_code_2_and_says_why()
    {
        string[][] lines =
        [
            ["nonsense"],
            ["compile"],
            ["compile", DigitsMlp.Model, "-o", "x.cml", "--bits", "many"],
            ["compile", DigitsMlp.Model, "-o", "x.cml", "--rounding", "6:sometimes"],
            ["compile", DigitsMlp.Model, "-o", "x.cml", "--security", "80"],
            ["compile", DigitsMlp.Model, "-o", "x.cml", "--p-error", "1e-9", "--global-p-error", "1e-6"],
            ["compile", DigitsMlp.Model, "-o", "x.cml", "--p-error", "2"],
            ["run", DigitsMlp.Model, "--input", DigitsMlp.Test, "--mode", "dream"],
            ["run", DigitsMlp.Model, "--input", DigitsMlp.Test, "--mode", "float", "--limit", "0"],
            ["explain", "CML0000"],
        ];
        foreach (string[] line in lines)
        {
            Cli run = Cli.Run(line);
            Assert.That(run.ExitCode, Is.EqualTo(2), string.Join(' ', line));
            Assert.That(run.Error, Does.StartWith("usage: "), string.Join(' ', line));
            Assert.That(run.Output, Is.Empty);
        }
    }

    private string Stage(string name)
    {
        Cli run = Cli.Run("dump", DigitsMlp.Artefact, "--stage", name);
        return scratch.Write($"{name}.mlir", System.Text.Encoding.UTF8.GetBytes(run.Output));
    }

    private string Arrays(params (string, Tensor)[] arrays) => scratch.WriteArrays("arrays.npz", arrays);

    private Cli Compile(string model, string calibration, string? output = null) =>
        Cli.Run("compile", model, "--calibration", calibration, "-o", output ?? scratch.At("out.cml"), "--json");

    // The archive with one part's text changed and its own checksums right: only the manifest can tell.
    private static byte[] Edit(string part, Func<string, string> change)
    {
        using MemoryStream stream = new();
        stream.Write(File.ReadAllBytes(DigitsMlp.Artefact));
        using (ZipArchive zip = new(stream, ZipArchiveMode.Update, leaveOpen: true))
        {
            ZipArchiveEntry entry = zip.GetEntry(part)!;
            string text;
            using (StreamReader reader = new(entry.Open()))
            {
                text = reader.ReadToEnd();
            }

            entry.Delete();
            using StreamWriter writer = new(zip.CreateEntry(part).Open());
            writer.Write(change(text));
        }

        return stream.ToArray();
    }

    private static void Refused(string code, Cli run)
    {
        Assert.That(run.ExitCode, Is.EqualTo(1), run.Output + run.Error);
        Assert.That(run.Codes(), Does.Contain(code));
        Assert.That(run.Output.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
        Assert.That(run.Error, Does.Not.Contain("   at "));
    }
}
