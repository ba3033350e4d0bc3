using System.Text.Json;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>Steps on the command line: passes on texts, plugins, validation, and compilations that go on from a text.</summary>
public sealed class StepCommandTests
{
    private static readonly string Plugins = typeof(NegatingPlugin).Assembly.Location;

    private readonly Scratch scratch = new();

    [OneTimeTearDown]
    public void RemoveScratch() => scratch.Dispose();

    [Test]
    public void Passes_lists_every_step_once_with_stage_summary_and_reason()
    {
        JsonElement passes = Done("passes", "--json").GetProperty("passes");
        string[] names = [.. passes.EnumerateArray().Select(pass => pass.GetProperty("name").GetString()!)];
        Assert.That(names, Is.Unique);
        Assert.That(names, Is.SupersetOf(new[] { "import", "fold-constants", "lower", "emit" }));
        foreach (JsonElement pass in passes.EnumerateArray())
        {
            string[] fields = ["stage", "result", "summary", "reason"];
            Assert.That(fields.Select(field => pass.GetProperty(field).GetString()), Is.All.Not.Empty, pass.ToString());
        }

        Assert.That(Cli.Run("passes").Output, Does.Contain("fold-constants"));
    }

    [Test]
    public void Opt_runs_passes_on_a_text_and_shows_what_changed()
    {
        string text = FloatText("opt.mlir");
        Cli run = Cli.Run("opt", text, "--pass", "expand-selections", "--pass", "remove-dead-nodes", "--print-after-change", "--timing");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Output, Does.StartWith("// after remove-dead-nodes\n"));
        Assert.That(run.Error, Does.Contain("remove-dead-nodes"));
        Assert.That(StageText.Parse(run.Output).Print(), Is.EqualTo(run.Output));
        JsonElement json = Done("opt", text, "--pass", "fold-constants", "--json");
        Assert.That(json.GetProperty("steps")[0].GetProperty("changed").GetBoolean(), Is.False);
    }

    [Test]
    public void Opt_refuses_unknown_passes_options_and_stages()
    {
        string text = FloatText("refused.mlir");
        Refused("CML7001", "opt", text, "--pass", "fold-constant", "--json");
        Refused("CML7002", "opt", text, "--pass", "fold-constants[depth=2]", "--json");
        Refused("CML7004", "opt", text, "--pass", "lower", "--json");
    }

    [Test]
    public void A_pass_from_outside_runs_where_it_was_placed_and_its_times_are_told()
    {
        JsonElement json = Done([.. Compile("looked.cml"), "--before", $"form-regions={Plugins}:LookingPlugin", "--timing"]);
        string[] steps = [.. json.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("name").GetString()!)];
        Assert.That(steps[Array.IndexOf(steps, "form-regions") - 1], Is.EqualTo("look"));
        Done(Compile("plain.cml"));
        Assert.That(Program("looked.cml"), Is.EqualTo(Program("plain.cml")));
    }

    [Test]
    public void Validation_names_the_pass_the_node_and_the_value_that_a_wrong_pass_changed()
    {
        string[] line = [.. Compile("wrong.cml"), "--after", $"fold-constants={Plugins}:NegatingPlugin"];
        Done(line);
        Cli refused = Cli.Run([.. line, "--validate"]);
        Assert.That(refused.ExitCode, Is.EqualTo(1), refused.Error);
        JsonElement finding = refused
            .Json()
            .GetProperty("diagnostics")
            .EnumerateArray()
            .Single(entry => entry.GetProperty("code").GetString() == "CML7101");
        Assert.That(finding.GetProperty("node").GetString(), Is.EqualTo("/0/Gemm"));
        Assert.That(finding.GetProperty("message").GetString(), Does.Contain("'negate-gemm'").And.Contain("instead of"));
    }

    [Test]
    public void Validation_accepts_our_own_steps_and_tells_what_quantization_costs()
    {
        Cli run = Cli.Run([.. Compile("valid.cml"), "--validate"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Codes(), Has.Some.EqualTo("CML7102"));
    }

    [Test]
    public void An_illegal_graph_of_a_plugin_is_dumped_and_then_refused()
    {
        string dumps = scratch.At("dumps");
        string[] line = [.. Compile("broken.cml"), "--after", $"import={Plugins}:BreakingPlugin", "--dump-dir", dumps];
        Refused("CML7008", line);
        Assert.That(
            Directory.EnumerateFiles(dumps).Select(Path.GetFileName),
            Is.EquivalentTo(new[] { "01-import.mlir", "02-break-gemm.mlir" })
        );
    }

    [Test]
    public void Plugins_that_are_none_are_refused()
    {
        string text = scratch.Write("none.dll", "no assembly"u8.ToArray());
        Refused("CML7006", [.. Compile("x.cml"), "--before", $"form-regions={scratch.At("gone.dll")}:Pass"]);
        Refused("CML7006", [.. Compile("x.cml"), "--before", $"form-regions={text}:Pass"]);
        Refused("CML7007", [.. Compile("x.cml"), "--before", $"form-regions={Plugins}:NoSuchType"]);
        Refused("CML7007", [.. Compile("x.cml"), "--before", $"form-regions={Plugins}:StepCommandTests"]);
        Refused("CML7001", [.. Compile("x.cml"), "--before", $"quantise={Plugins}:LookingPlugin"]);
        Refused("CML7004", [.. Compile("x.cml"), "--before", $"match-quantizers={Plugins}:LookingPlugin"]);
        Assert.That(Cli.Run([.. Compile("x.cml"), "--before", "form-regions"]).ExitCode, Is.EqualTo(2));
    }

    [Test]
    public void Every_dump_of_a_compilation_goes_on_to_the_same_program()
    {
        string dumps = scratch.At("every");
        Done([.. Compile("whole.cml"), "--dump-dir", dumps]);
        foreach (string dump in Directory.EnumerateFiles(dumps, "*.mlir"))
        {
            Done(
                "compile",
                dump,
                "--calibration",
                DigitsMlp.Calibration,
                "--bits",
                "3",
                "--rounding",
                "6",
                "-o",
                scratch.At("on.cml"),
                "--json"
            );
            Assert.That(Program("on.cml"), Is.EqualTo(Program("whole.cml")), dump);
        }
    }

    [Test]
    public void An_ONNX_text_compiles_to_the_same_program_as_the_file()
    {
        string text = scratch.Write("digits.onnxtxt", System.Text.Encoding.UTF8.GetBytes(OnnxModel.Load(DigitsMlp.Model).Dump()));
        Done(
            "compile",
            text,
            "--calibration",
            DigitsMlp.Calibration,
            "--bits",
            "3",
            "--rounding",
            "6",
            "-o",
            scratch.At("text.cml"),
            "--json"
        );
        Done(Compile("file.cml"));
        Assert.That(Program("text.cml"), Is.EqualTo(Program("file.cml")));
        using QuantizedModule module = QuantizedModule.Load(scratch.At("text.cml"));
        Assert.That(module.Dump(Stage.Onnx), Is.EqualTo(OnnxModel.Load(DigitsMlp.Model).Dump()));
    }

    [Test]
    public void A_module_that_began_with_a_text_is_scored_and_refuses_what_stands_above_it()
    {
        using QuantizedModule whole = QuantizedModule.Load(DigitsMlp.Artefact);
        string quant = scratch.Write("quant.mlir", System.Text.Encoding.UTF8.GetBytes(whole.Dump(Stage.Quant)));
        Done("compile", quant, "-o", scratch.At("late.cml"), "--json");
        JsonElement late = Done("score", scratch.At("late.cml"), "--input", DigitsMlp.Test, "--mode", "clear", "--json");
        JsonElement early = Done("score", DigitsMlp.Artefact, "--input", DigitsMlp.Test, "--mode", "clear", "--json");
        Assert.That(late.GetProperty("accuracy").GetDouble(), Is.EqualTo(early.GetProperty("accuracy").GetDouble()));
        Refused("CML6021", "score", scratch.At("late.cml"), "--input", DigitsMlp.Test, "--mode", "float", "--json");
        Refused("CML6021", "dump", scratch.At("late.cml"), "--stage", "float");
        Assert.That(Cli.Run("dump", scratch.At("late.cml"), "--stage", "quant").Output, Is.EqualTo(File.ReadAllText(quant)));
    }

    [Test]
    public void A_float_text_needs_calibration_and_gives_a_module_that_runs_unquantized()
    {
        string text = FloatText("float.mlir");
        Refused("CML6023", "compile", text, "-o", scratch.At("float.cml"), "--json");
        Done("compile", text, "-c", DigitsMlp.Calibration, "--bits", "3", "--rounding", "6", "-o", scratch.At("float.cml"), "--json");
        JsonElement score = Done("score", scratch.At("float.cml"), "--input", DigitsMlp.Test, "--mode", "float", "--json");
        Assert.That(score.GetProperty("error_over_std").GetDouble(), Is.LessThan(1e-5));
    }

    [Test]
    public void A_compilation_shows_the_planned_stage_and_artefacts_do_not_keep_it()
    {
        string[] line = ["dump", DigitsMlp.Model, "--stage", "planned", "-c", DigitsMlp.Calibration, "--bits", "3", "--rounding", "6"];
        Cli dump = Cli.Run(line);
        Assert.That(dump.ExitCode, Is.Zero, dump.Error);
        Assert.That(dump.Output, Does.Contain("planned.coded_lookup"));
        string text = scratch.Write("planned.mlir", System.Text.Encoding.UTF8.GetBytes(dump.Output));
        Assert.That(Cli.Run("dump", text).Output, Is.EqualTo(dump.Output));
        Refused("CML6021", "dump", DigitsMlp.Artefact, "--stage", "planned");
    }

    [Test]
    public void Eval_takes_real_inputs_at_every_stage()
    {
        using QuantizedModule module = QuantizedModule.Load(DigitsMlp.Artefact);
        string onnx = scratch.Write("eval.onnxtxt", System.Text.Encoding.UTF8.GetBytes(module.Dump(Stage.Onnx)));
        JsonElement reference = Done("eval", onnx, "--input", DigitsMlp.Test, "--json").GetProperty("outputs");
        JsonElement floats = Done("eval", FloatText("eval.mlir"), "--input", DigitsMlp.Test, "--json").GetProperty("outputs");
        Assert.That(floats[0].GetArrayLength(), Is.EqualTo(reference[0].GetArrayLength()));
        JsonElement run = Done("run", DigitsMlp.Artefact, "--input", DigitsMlp.Test, "--mode", "clear", "--json");
        foreach (Stage stage in new[] { Stage.Quant, Stage.Circuit })
        {
            string text = scratch.Write($"eval-{stage}.mlir", System.Text.Encoding.UTF8.GetBytes(module.Dump(stage)));
            JsonElement evaluated = Done("eval", text, "--input", DigitsMlp.Test, "--json");
            Assert.That(evaluated.GetProperty("outputs").ToString(), Is.EqualTo(run.GetProperty("outputs").ToString()));
            Assert.That(evaluated.GetProperty("quantized_outputs").ToString(), Is.EqualTo(run.GetProperty("quantized_outputs").ToString()));
        }
    }

    private string FloatText(string name)
    {
        Cli dump = Cli.Run("dump", DigitsMlp.Model, "--stage", "float");
        return scratch.Write(name, System.Text.Encoding.UTF8.GetBytes(dump.Output));
    }

    private string[] Compile(string name) => DigitsMlp.CompileLine(scratch.At(name));

    private string Program(string name) => Cli.Run("dump", scratch.At(name), "--stage", "program").Output;

    private static JsonElement Done(params string[] line)
    {
        Cli run = Cli.Run(line);
        Assert.That(run.ExitCode, Is.Zero, $"{string.Join(' ', line)}\n{run.Error}{run.Output}");
        return line.Contains("--json") ? run.Json() : default;
    }

    private static void Refused(string code, params string[] line)
    {
        Cli run = Cli.Run(line.Contains("--json") ? line : [.. line, "--json"]);
        Assert.That(run.ExitCode, Is.EqualTo(1), run.Error);
        Assert.That(run.Codes(), Has.Some.EqualTo(code), run.Error);
    }
}
