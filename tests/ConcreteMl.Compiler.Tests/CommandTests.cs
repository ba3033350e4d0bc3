using System.Text.Json;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>What each command answers on the shipped model.</summary>
public sealed class CommandTests
{
    private readonly Scratch scratch = new();

    [OneTimeTearDown]
    public void RemoveScratch() => scratch.Dispose();

    [Test]
    public void Compile_answers_with_the_promised_fields_and_equal_bytes()
    {
        JsonElement first = Done(DigitsMlp.CompileLine(scratch.At("a.cml")));
        HasFields(first, "max_bits", "lookups", "bootstraps", "p_error", "executable", "seconds");
        Assert.That(first.GetProperty("executable").GetBoolean());
        Assert.That(first.GetProperty("lookups").GetInt64(), Is.EqualTo(64));
        Done([.. DigitsMlp.CompileLine(scratch.At("b.cml")), "--threads", "1"]);
        Assert.That(File.ReadAllBytes(scratch.At("b.cml")), Is.EqualTo(File.ReadAllBytes(scratch.At("a.cml"))));
    }

    [Test]
    public void A_strict_compilation_keeps_every_lookup_below_the_strict_bound()
    {
        JsonElement strict = Done([.. DigitsMlp.CompileLine(scratch.At("strict.cml")), "--strict"]);
        Assert.That(strict.GetProperty("executable").GetBoolean());
        Assert.That(strict.GetProperty("p_error").GetDouble(), Is.GreaterThan(0.0).And.LessThanOrEqualTo(Math.Pow(2.0, -128.0)));
        JsonElement report = Done("report", scratch.At("strict.cml"), "--json");
        Assert.That(report.GetProperty("p_error").GetDouble(), Is.LessThanOrEqualTo(Math.Pow(2.0, -128.0)));
    }

    [Test]
    public void Float_score_meets_the_exporter_and_the_artefact_keeps_the_model()
    {
        foreach (string file in new[] { DigitsMlp.Model, DigitsMlp.Artefact })
        {
            JsonElement score = Done("score", file, "--input", DigitsMlp.Test, "--mode", "float", "--json");
            HasFields(score, "samples", "accuracy", "mean_abs_error", "error_over_std");
            Assert.That(score.GetProperty("error_over_std").GetDouble(), Is.LessThan(1e-5));
        }
    }

    [Test]
    public void Clear_and_simulated_runs_agree_and_stay_accurate()
    {
        JsonElement clear = Done("score", DigitsMlp.Artefact, "--input", DigitsMlp.Test, "--mode", "clear", "--json");
        Assert.That(clear.GetProperty("accuracy").GetDouble(), Is.GreaterThan(0.9));
        string[] run = ["run", DigitsMlp.Artefact, "--input", DigitsMlp.Test, "--limit", "20", "--json", "--mode"];
        JsonElement exact = Done([.. run, "clear"]);
        JsonElement simulated = Done([.. run, "simulate", "--seed", "7"]);
        HasFields(exact, "mode", "samples", "seconds", "seconds_per_sample", "outputs", "quantized_outputs");
        Assert.That(exact.GetProperty("outputs")[0].GetArrayLength(), Is.EqualTo(20));
        Assert.That(exact.GetProperty("quantized_outputs")[0][0].GetArrayLength(), Is.EqualTo(10));
        Assert.That(simulated.GetProperty("quantized_outputs").ToString(), Is.EqualTo(exact.GetProperty("quantized_outputs").ToString()));
    }

    [Test]
    public void Encrypted_equals_clear_with_keys_made_once_and_kept_for_their_owner()
    {
        string keys = scratch.At("keys");
        string[] run = ["run", DigitsMlp.Artefact, "--input", DigitsMlp.Test, "--limit", "1", "--json", "--mode"];
        JsonElement clear = Done([.. run, "clear"]);
        JsonElement first = Done([.. run, "execute", "--keys", keys, "-o", scratch.At("y.npz")]);
        JsonElement second = Done([.. run, "execute", "--keys", keys]);
        HasFields(first, "keygen_seconds", "evaluation_key_bytes", "encrypt_seconds", "run_seconds", "decrypt_seconds");
        Assert.That(first.GetProperty("run_seconds").GetArrayLength(), Is.EqualTo(1));
        Assert.That(second.GetProperty("keys_cached").GetBoolean());
        foreach (JsonElement execute in new[] { first, second })
        {
            Assert.That(execute.GetProperty("quantized_outputs").ToString(), Is.EqualTo(clear.GetProperty("quantized_outputs").ToString()));
        }

        Assert.That(NpzFile.Load(scratch.At("y.npz"))["y0"].Shape, Is.EqualTo(new[] { 1, 10 }));
        Assert.That(File.Exists(keys + ".evaluation"));
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(File.GetUnixFileMode(keys), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
            File.SetUnixFileMode(keys, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
            Assert.That(Cli.Run([.. run, "execute", "--keys", keys]).Codes(), Does.Contain("CML6203"));
        }
    }

    [Test]
    public void Check_compares_the_three_modes()
    {
        JsonElement check = Done("check", DigitsMlp.Artefact, "--input", DigitsMlp.Test, "--limit", "1", "--json");
        HasFields(check, "samples", "clear_equals_simulate", "clear_equals_execute", "lookup_failures", "off_by_one", "range_overflows");
        Assert.That(check.GetProperty("clear_equals_execute").GetBoolean());
        Assert.That(check.GetProperty("lookup_failures").GetInt64(), Is.Zero);
        Assert.That(check.GetProperty("clear_equals_circuit").GetBoolean());
        HasFields(check, "expected_lookup_failures", "expected_lookup_failures_low", "expected_lookup_failures_high");
        Assert.That(check.GetProperty("expected_lookup_failures_high").GetInt64(), Is.Zero);
    }

    [Test]
    public void Report_tells_costs_layer_by_layer()
    {
        JsonElement report = Done("report", DigitsMlp.Artefact, "--json");
        string[] fields =
        [
            "max_bits",
            "lookups",
            "predicted_seconds",
            "evaluation_key_bytes",
            "input_bytes_per_sample",
            "output_bytes_per_sample",
            "peak_bytes",
            "p_error",
            "global_p_error",
            "layers",
        ];
        HasFields(report, fields);
        long lookups = report.GetProperty("layers").EnumerateArray().Sum(layer => layer.GetProperty("lookups").GetInt64());
        Assert.That(lookups, Is.EqualTo(report.GetProperty("lookups").GetInt64()));
        Assert.That(report.GetProperty("global_p_error").GetDouble(), Is.LessThan(64 * 6 * Math.Pow(2, -40)));
    }

    [Test]
    public void Every_stage_prints_and_the_four_graph_stages_read_back_as_they_were()
    {
        foreach (string stage in new[] { "onnx", "float", "quant", "circuit", "program" })
        {
            Cli dump = Cli.Run("dump", DigitsMlp.Artefact, "--stage", stage);
            Assert.That(dump.ExitCode, Is.Zero, dump.Error);
            Assert.That(dump.Output, Does.Contain("Gemm"), stage);
            if (stage != "program")
            {
                string file = scratch.Write($"{stage}.mlir", System.Text.Encoding.UTF8.GetBytes(dump.Output));
                Assert.That(Cli.Run("dump", file).Output, Is.EqualTo(dump.Output), stage);
                Assert.That(
                    Cli.Run("dump", DigitsMlp.Artefact, "--stage", stage, "--elide").Output,
                    Has.Length.LessThan(dump.Output.Length)
                );
            }
        }
    }

    [Test]
    public void Eval_of_each_dumped_stage_agrees_with_the_run()
    {
        string arguments = DigitsMlp.Test;
        using QuantizedModule module = QuantizedModule.Load(DigitsMlp.Artefact);
        Tensor inputs = Tensor.Create<float>(NpzFile.Load(arguments)["x0"].Values<float>()[..(64 * 3)], 3, 64);
        IntegerTensor codes = module.QuantizeInput([inputs])[0];
        string realFile = scratch.WriteArrays("real.npz", ("x0", inputs));
        string codeFile = scratch.WriteArrays("codes.npz", ("x0", Tensor.Create<long>(codes.Codes, [.. codes.Shape])));
        IntegerTensor expected = module.QuantizedForward([codes], FheMode.Disable)[0];
        foreach (string stage in new[] { "quant", "circuit" })
        {
            string file = scratch.Write(
                $"eval-{stage}.mlir",
                System.Text.Encoding.UTF8.GetBytes(module.Dump(Enum.Parse<Stage>(stage, true)))
            );
            Assert.That(Cli.Run("eval", file, "--codes", "--input", codeFile, "-o", scratch.At("y.npz")).ExitCode, Is.Zero);
            Assert.That(NpzFile.Load(scratch.At("y.npz"))["y0"].Values<long>().ToArray(), Is.EqualTo(expected.Codes.ToArray()));
        }

        string floats = scratch.Write("eval-float.mlir", System.Text.Encoding.UTF8.GetBytes(module.Dump(Stage.Float)));
        JsonElement evaluated = Done("eval", floats, "--input", realFile, "--json");
        Assert.That(evaluated.GetProperty("outputs")[0].GetArrayLength(), Is.EqualTo(3));
    }

    [Test]
    public void A_dump_folder_gets_the_graph_after_every_step()
    {
        string folder = scratch.At("dumps");
        Done([.. DigitsMlp.CompileLine(scratch.At("dumped.cml")), "--dump-dir", folder]);
        string[] names = [.. Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        Assert.That(names[0], Is.EqualTo("01-import.mlir"));
        Assert.That(names, Has.Some.EndsWith("-choose-codes.mlir"));
        Assert.That(names, Has.Some.EndsWith("-search-parameters.mlir"));
        Assert.That(names[^1], Does.EndWith("-emit.txt"));
    }

    [Test]
    public void A_circuit_without_parameters_is_written_with_a_warning_and_runs_in_clear_alone()
    {
        string artefact = scratch.At("wide.cml");
        string[] line =
        [
            "compile",
            DigitsMlp.Model,
            "--calibration",
            DigitsMlp.Calibration,
            "--bits",
            "10",
            "--rounding",
            "none",
            "--strict",
        ];
        Cli compile = Cli.Run([.. line, "-o", artefact, "--json"]);
        Assert.That(compile.ExitCode, Is.Zero, compile.Error);
        Assert.That(compile.Json().GetProperty("executable").GetBoolean(), Is.False);
        Assert.That(compile.Codes(), Does.Contain("CML5001"));
        string[] run = ["run", artefact, "--input", DigitsMlp.Test, "--limit", "1", "--json", "--mode"];
        Done([.. run, "clear"]);
        Done([.. run, "float"]);
        foreach (string mode in new[] { "simulate", "execute" })
        {
            Cli refused = Cli.Run([.. run, mode]);
            Assert.That(refused.ExitCode, Is.EqualTo(1));
            Assert.That(refused.Codes(), Is.SupersetOf(new[] { "CML6301", "CML5001" }));
        }
    }

    [Test]
    public void Ops_lists_operators_as_text_as_markdown_and_as_JSON()
    {
        JsonElement json = Done("ops", "--json");
        Assert.That(json.GetProperty("operators").GetArrayLength(), Is.GreaterThan(60));
        string page = File.ReadAllText(Tree.At("docs", "operators.md"));
        Assert.That(Cli.Run("ops", "--markdown").Output.ReplaceLineEndings("\n"), Is.EqualTo(page), "docs/operators.md is this output");
        Assert.That(Cli.Run("ops").Output, Does.Contain("Gemm"));
    }

    private static JsonElement Done(params string[] arguments)
    {
        Cli run = Cli.Run(arguments);
        Assert.That(run.ExitCode, Is.Zero, run.Output + run.Error);
        return run.Json();
    }

    private static void HasFields(JsonElement element, params string[] fields)
    {
        foreach (string field in fields)
        {
            Assert.That(element.TryGetProperty(field, out _), field);
        }
    }
}
