using System.Text.Json;
using System.Text.Json.Nodes;
using ConcreteMl.Artefacts;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>What the compiler chooses where no rounding is asked for.</summary>
public sealed class RoundingTests
{
    private readonly Scratch scratch = new();

    [OneTimeTearDown]
    public void RemoveScratch() => scratch.Dispose();

    [TestCase("4")]
    [TestCase("8")]
    public void Without_options_a_model_runs_encrypted_and_says_what_was_chosen(string bits)
    {
        string file = scratch.At($"auto{bits}.cml");
        JsonElement made = Compile(file, "--bits", bits);
        Assert.That(made.GetProperty("executable").GetBoolean());
        JsonElement rounding = made.GetProperty("rounding");
        JsonElement chosen = rounding.GetProperty("chosen");
        Assert.That(rounding.GetProperty("is_within_bound").GetBoolean());
        Assert.That(
            chosen.GetProperty("error_over_std").GetDouble(),
            Is.LessThanOrEqualTo(1.1 * rounding.GetProperty("unrounded_error").GetDouble())
        );
        double seconds = chosen.GetProperty("predicted_seconds").GetDouble();
        Assert.That(made.GetProperty("predicted_seconds").GetDouble(), Is.EqualTo(seconds).Within(1e-9));
        Assert.That(rounding.GetProperty("runner_up").GetProperty("predicted_seconds").GetDouble(), Is.GreaterThanOrEqualTo(seconds));
        Assert.That(rounding.GetProperty("approximate").GetProperty("predicted_seconds").GetDouble(), Is.LessThan(seconds));

        Cli report = Cli.Run("report", file, "--json");
        Assert.That(report.Json().GetProperty("rounding").ToString(), Is.EqualTo(rounding.ToString()));
        string[] score = ["score", file, "--input", DigitsMlp.Test, "--limit", "100", "--json", "--mode"];
        Assert.That(Cli.Run([.. score, "clear"]).Json().GetProperty("accuracy").GetDouble(), Is.GreaterThan(0.9));
    }

    [Test]
    public void One_rounding_can_be_named_and_values_are_rounded_otherwise_only_where_that_is_faster()
    {
        JsonElement made = Compile(scratch.At("auto.cml"), "--bits", "4", "--rounding", "auto");
        JsonElement rounding = made.GetProperty("rounding");
        bool isMixed = rounding.GetProperty("exceptions").GetArrayLength() > 0;
        JsonElement one = rounding.GetProperty(isMixed ? "runner_up" : "chosen");
        Rounding own = one.GetProperty("rounding").Deserialize(ArtefactJson.Default.Rounding)!;
        JsonElement named = Compile(scratch.At("named.cml"), "--bits", "4", "--rounding", $"{own}");
        Assert.That(named.GetProperty("rounding").ValueKind, Is.EqualTo(JsonValueKind.Null));
        double seconds = named.GetProperty("predicted_seconds").GetDouble();
        Assert.That(seconds, Is.EqualTo(one.GetProperty("predicted_seconds").GetDouble()).Within(1e-9));
        Assert.That(made.GetProperty("predicted_seconds").GetDouble(), isMixed ? Is.LessThan(seconds) : Is.EqualTo(seconds).Within(1e-9));
    }

    [Test]
    public void A_choice_without_exceptions_is_read_from_artefacts_of_earlier_compilers()
    {
        RoundingChoice choice = new(new PricedRounding(new Rounding(6), 1.5, 0.02), null, null, 0.019, true);
        JsonObject old = JsonSerializer.SerializeToNode(choice, ArtefactJson.Default.RoundingChoice)!.AsObject();
        Assert.That(old.Remove("exceptions"));
        RoundingChoice? read = old.Deserialize(ArtefactJson.Default.RoundingChoice);
        Assert.That(read, Is.EqualTo(choice));
        Assert.That(read!.Exceptions, Is.Empty);
        Assert.That(JsonSerializer.Serialize(read, ArtefactJson.Default.RoundingChoice), Does.Contain("exceptions"));
    }

    [Test]
    public void A_rounding_says_its_bins_where_they_are_others_than_usual()
    {
        Assert.That(new Rounding(6).ToString(), Is.EqualTo("6:exact"));
        Rounding coarse = new(6, RoundingMethod.Approximate) { BinLoss = 2.5 };
        Assert.That(coarse.ToString(), Is.EqualTo("6:approximate:2.5"));
        string json = JsonSerializer.Serialize(coarse, ArtefactJson.Default.Rounding);
        Assert.That(JsonSerializer.Deserialize(json, ArtefactJson.Default.Rounding), Is.EqualTo(coarse));
        Rounding? old = JsonSerializer.Deserialize("""{"bits": 6, "method": "exact"}""", ArtefactJson.Default.Rounding);
        Assert.That(old, Is.EqualTo(new Rounding(6)));
    }

    [TestCase("6:exact:0.5")]
    [TestCase("6:exact:many")]
    [TestCase("6:exact:1.5:2")]
    public void Bins_that_no_rounding_has_are_refused(string rounding)
    {
        Cli run = Cli.Run(
            "compile",
            DigitsMlp.Model,
            "--calibration",
            DigitsMlp.Calibration,
            "-o",
            scratch.At("no.cml"),
            "--rounding",
            rounding
        );
        Assert.That(run.ExitCode, Is.Not.Zero);
        Assert.That(run.Error, Does.Contain("N:exact:LOSS"));
    }

    [Test]
    public void Approximate_rounding_is_chosen_only_where_it_is_offered()
    {
        JsonElement exact = Compile(scratch.At("exact.cml"), "--bits", "4").GetProperty("rounding").GetProperty("chosen");
        JsonElement loose = Compile(scratch.At("loose.cml"), "--bits", "4", "--rounding", "auto:approximate").GetProperty("rounding");
        Assert.That(exact.GetProperty("rounding").GetProperty("method").GetString(), Is.EqualTo("exact"));
        JsonElement chosen = loose.GetProperty("chosen");
        Assert.That(chosen.GetProperty("rounding").GetProperty("method").GetString(), Is.EqualTo("approximate"));
        Assert.That(chosen.GetProperty("predicted_seconds").GetDouble(), Is.LessThan(exact.GetProperty("predicted_seconds").GetDouble()));
    }

    private static JsonElement Compile(string file, params string[] options)
    {
        string[] line = ["compile", DigitsMlp.Model, "--calibration", DigitsMlp.Calibration, "-o", file, "--json"];
        Cli run = Cli.Run([.. line, .. options]);
        Assert.That(run.ExitCode, Is.Zero, run.Output + run.Error);
        return run.Json();
    }
}
