using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>Artefacts whose parts do not belong together, though every checksum is right.</summary>
public sealed class HonestArtefactTests
{
    private readonly Scratch scratch = new();

    [OneTimeTearDown]
    public void RemoveScratch() => scratch.Dispose();

    [Test]
    public void A_program_of_another_model_is_refused()
    {
        Dictionary<string, byte[]> parts = Parts(DigitsMlp.Artefact);
        using QuantizedModule tiny = TinyModel.Compile();
        tiny.Save(scratch.At("tiny.cml"));
        parts["program.pb"] = Parts(scratch.At("tiny.cml"))["program.pb"];
        Assert.That(Refusal(parts), Is.EqualTo("CML6102"));
    }

    [Test]
    public void A_program_with_other_functions_of_the_same_shapes_is_refused()
    {
        Dictionary<string, byte[]> relu = Saved("y0 = Relu (h)");
        Dictionary<string, byte[]> other = Saved("y0 = Tanh (h)");
        other["program.pb"] = relu["program.pb"];
        Assert.That(Refusal(other), Is.EqualTo("CML6102"));
        Assert.That(Refusal(relu), Is.EqualTo("none"));
    }

    [Test]
    public void A_manifest_that_names_another_model_or_says_wrong_what_runs_encrypted_is_refused()
    {
        Assert.That(Refusal(Manifest(manifest => manifest["model_hash"] = new string('0', 64))), Is.EqualTo("CML6102"));
        Assert.That(
            Refusal(Manifest(manifest => manifest["executable"] = !manifest["executable"]!.GetValue<bool>())),
            Is.EqualTo("CML6102")
        );
    }

    [Test]
    public void Nulls_and_absences_anywhere_in_the_manifest_and_the_figures_are_refused()
    {
        JsonObject sound = JsonNode.Parse(Parts(DigitsMlp.Artefact)["manifest.json"])!.AsObject();
        // a module whose rounding was asked for has no choice
        foreach (string name in sound.Select(field => field.Key).Where(name => name != "rounding"))
        {
            Assert.That(Refusal(Manifest(manifest => manifest[name] = null), remake: false), Is.AnyOf("CML6101", "CML6102"), name);
            Assert.That(Refusal(Manifest(manifest => manifest.Remove(name)), remake: false), Is.AnyOf("CML6101", "CML6102"), name);
        }

        Assert.That(Refusal(Manifest(manifest => manifest["parts"]!.AsArray()[0] = null), remake: false), Is.EqualTo("CML6102"));
        Assert.That(Refusal(Manifest(manifest => manifest["parts"]!.AsArray()[0]!["name"] = null), remake: false), Is.EqualTo("CML6102"));
        Assert.That(Refusal(Manifest(manifest => manifest["diagnostics"]!.AsArray().Add(null))), Is.EqualTo("CML6102"));
        Assert.That(Refusal(Manifest(manifest => manifest["options"]!["bits"] = null)), Is.EqualTo("CML6102"));
        Dictionary<string, byte[]> parts = Parts(DigitsMlp.Artefact);
        parts["calibration.json"] = "{\"samples\":1,\"sha256\":\"\",\"inputs\":[null]}"u8.ToArray();
        Assert.That(Refusal(parts), Is.EqualTo("CML6102"));
    }

    [Test]
    public void Figures_are_computed_and_not_read()
    {
        Dictionary<string, byte[]> parts = Parts(DigitsMlp.Artefact);
        JsonObject report = JsonNode.Parse(parts["report.json"])!.AsObject();
        report["p_error"] = 1e-40;
        report["bootstraps"] = 1;
        report["layers"] = null;
        parts["report.json"] = Encoding.UTF8.GetBytes(report.ToJsonString());
        string path = Pack(parts, remake: true);
        Assert.That(Cli.Run("report", path, "--json").Output, Is.EqualTo(Cli.Run("report", DigitsMlp.Artefact, "--json").Output));
    }

    [Test]
    public void A_loaded_report_is_the_compiled_one()
    {
        using QuantizedModule made = TinyModel.Compile();
        made.Save(scratch.At("same.cml"));
        using QuantizedModule loaded = QuantizedModule.Load(scratch.At("same.cml"));
        Assert.That(loaded.Report, Is.EqualTo(made.Report));
        Assert.That(loaded.Report.ToString(), Is.EqualTo(made.Report.ToString()));
    }

    [Test]
    public void Parts_that_no_manifest_lists_are_not_read()
    {
        Dictionary<string, byte[]> parts = Parts(DigitsMlp.Artefact);
        string plain = Pack(parts, remake: true);
        string loaded = scratch.At("loaded.cml");
        File.Copy(plain, loaded);
        using (ZipArchive zip = ZipFile.Open(loaded, ZipArchiveMode.Update))
        {
            using Stream bomb = zip.CreateEntry("bomb", CompressionLevel.Fastest).Open();
            byte[] zeros = new byte[1 << 20];
            for (int count = 0; count < 300; count++)
            {
                bomb.Write(zeros);
            }
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        QuantizedModule.Load(loaded).Dispose();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(300L << 20));
    }

    [Test]
    public void Archives_that_expand_beyond_measure_are_refused_before_anything_is_allocated()
    {
        string path = scratch.At("bomb.npz");
        using (ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            byte[] zeros = new byte[1 << 20];
            for (int part = 0; part < 3; part++)
            {
                using Stream bomb = zip.CreateEntry($"x{part}.npy", CompressionLevel.Fastest).Open();
                for (int count = 0; count < 100; count++)
                {
                    bomb.Write(zeros);
                }
            }
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        CompilationException refusal = Assert.Throws<CompilationException>(() => NpzFile.Load(path))!;
        Assert.That(refusal.Diagnostics[0].Code, Is.EqualTo("CML6010"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(50L << 20));
    }

    private static Dictionary<string, byte[]> Parts(string path)
    {
        using ZipArchive zip = ZipFile.OpenRead(path);
        Dictionary<string, byte[]> parts = [];
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            using MemoryStream content = new();
            using Stream stream = entry.Open();
            stream.CopyTo(content);
            parts[entry.FullName] = content.ToArray();
        }

        return parts;
    }

    private static Dictionary<string, byte[]> Manifest(Action<JsonObject> edit)
    {
        Dictionary<string, byte[]> parts = Parts(DigitsMlp.Artefact);
        JsonObject manifest = JsonNode.Parse(parts["manifest.json"])!.AsObject();
        edit(manifest);
        parts["manifest.json"] = Encoding.UTF8.GetBytes(manifest.ToJsonString());
        return parts;
    }

    private Dictionary<string, byte[]> Saved(string last)
    {
        string text = $$"""
            <ir_version: 8, opset_import: ["" : 17]>
            tiny (float[n,4] x0) => (float[n,4] y0)
            <float[4,4] w = {0.5, -0.25, 0.125, 1, -1, 0.75, 0.5, 0.25, 0.3, -0.6, 0.9, -0.1, 0.2, 0.4, -0.8, 0.7}>
            {
                h = MatMul (x0, w)
                {{last}}
            }
            """;
        OnnxModel model = OnnxModel.Parse(Encoding.UTF8.GetBytes(text), "tiny");
        using QuantizedModule module = ModelCompiler.Compile(
            model,
            [TinyModel.Calibration()],
            new CompileOptions { Bits = QuantizationBits.Uniform(2), ClientParts = ClientParts.None }
        );
        module.Save(scratch.At("saved.cml"));
        return Parts(scratch.At("saved.cml"));
    }

    // With checksums and sizes that fit the parts, unless the manifest is what a test is about.
    private string Pack(Dictionary<string, byte[]> parts, bool remake)
    {
        if (remake)
        {
            JsonObject manifest = JsonNode.Parse(parts["manifest.json"])!.AsObject();
            foreach (JsonNode? record in manifest["parts"]!.AsArray())
            {
                byte[] content = parts[record!["name"]!.GetValue<string>()];
                record["bytes"] = content.Length;
                record["sha256"] = Convert.ToHexStringLower(SHA256.HashData(content));
            }

            parts["manifest.json"] = Encoding.UTF8.GetBytes(manifest.ToJsonString());
        }

        string path = scratch.At($"{Guid.NewGuid():N}.cml");
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach ((string name, byte[] content) in parts)
        {
            using Stream stream = zip.CreateEntry(name).Open();
            stream.Write(content);
        }

        return path;
    }

    private string Refusal(Dictionary<string, byte[]> parts, bool remake = true)
    {
        try
        {
            QuantizedModule.Load(Pack(parts, remake)).Dispose();
            return "none";
        }
        catch (CompilationException refusal)
        {
            return refusal.Diagnostics[0].Code;
        }
    }
}
