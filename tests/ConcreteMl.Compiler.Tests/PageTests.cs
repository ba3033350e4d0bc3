using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using ConcreteMl.Cli.Output.Pages;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>Pages that report and tune write, and layers that score lists.</summary>
public sealed partial class PageTests
{
    private readonly Scratch scratch = new();

    [OneTimeTearDown]
    public void RemoveScratch() => scratch.Dispose();

    [Test]
    public void The_report_is_one_page_without_script_or_anything_from_elsewhere()
    {
        string page = scratch.At("report.html");
        Cli run = Cli.Run("report", DigitsMlp.Artefact, "--threads", "1", "--html", page, "--input", DigitsMlp.Test, "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        string html = File.ReadAllText(page);
        RequireSelfContained(html);
        Assert.That(html, Does.Contain("<svg").And.Contain("Error by layer"));
        foreach (JsonElement node in run.Json().GetProperty("nodes").EnumerateArray())
        {
            Assert.That(html, Does.Contain(Page.Escape(node.GetProperty("node").GetString()!)));
        }

        // shares stand in the picture too, those of merged nodes at the last of them
        double most = run.Json()
            .GetProperty("nodes")
            .EnumerateArray()
            .GroupBy(node => node.GetProperty("node").GetString()!.Split(", ")[^1])
            .Max(group => group.Sum(node => node.GetProperty("share").GetDouble()));
        // rows of some hundredths of a per cent have no box that the picture could give them to
        double[] shown =
        [
            .. Regex
                .Matches(html, "([0-9.]+) % of the time")
                .Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)),
        ];
        Assert.That(shown, Has.Some.EqualTo(most * 100).Within(0.15));
    }

    [Test]
    public void Without_samples_the_report_has_no_errors()
    {
        string page = scratch.At("plain.html");
        Assert.That(Cli.Run("report", DigitsMlp.Artefact, "--html", page).ExitCode, Is.Zero);
        Assert.That(File.ReadAllText(page), Does.Not.Contain("Error by layer"));
    }

    [Test]
    public void Names_of_a_model_are_text_on_its_page()
    {
        Page page = new("<script>alert(1)</script>", "a & b");
        page.Section("<b>");
        page.Facts([("<i>", "\"x\"")]);
        page.Table(["<th>", ">n"], [(true, ["<td>", "1"])]);
        RequireSelfContained(page.Html());
        Assert.That(page.Html(), Does.Contain("&lt;script&gt;").And.Contain("&lt;td&gt;").And.Contain("a &amp; b"));
    }

    [Test]
    public void The_front_is_a_plot_with_a_point_for_every_setting_inside_its_frame()
    {
        string data = scratch.WriteArrays("tiny.npz", ("x0", TinyModel.Calibration()));
        string page = scratch.At("front.html");
        Cli run = Cli.Run([
            "tune",
            TinyModel.Write(scratch),
            "-c",
            data,
            "--client-parts",
            "none",
            "--target",
            "error=0.2",
            "--html",
            page,
            "--json",
        ]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        string html = File.ReadAllText(page);
        RequireSelfContained(html);
        Assert.That(PointPattern().Count(html), Is.EqualTo(run.Json().GetProperty("front").GetArrayLength()));
        foreach (Match point in PointPattern().Matches(html))
        {
            double x = double.Parse(point.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
            double y = double.Parse(point.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture);
            Assert.That(x, Is.InRange(0.0, 860.0));
            Assert.That(y, Is.InRange(0.0, 430.0));
        }
    }

    [Test]
    public void Layers_are_scored_one_by_one()
    {
        JsonElement score = Cli.Run("score", DigitsMlp.Artefact, "-i", DigitsMlp.Test, "-m", "simulate", "-s", "1", "--layers", "--json")
            .Json();
        JsonElement[] layers = [.. score.GetProperty("layers").EnumerateArray()];
        Assert.That(layers, Has.Length.GreaterThanOrEqualTo(3));
        Assert.That(layers, Is.All.Matches<JsonElement>(layer => layer.GetProperty("error_over_std").GetDouble() is > 0.0 and < 1.0));
        long overflows = layers.Sum(layer => layer.GetProperty("range_overflows").GetInt64());
        Assert.That(overflows, Is.LessThanOrEqualTo(score.GetProperty("range_overflows").GetInt64()));
        // the last layer is the output: read by a line it has no more error than read by its coding
        double last = layers[^1].GetProperty("error_over_std").GetDouble();
        Assert.That(last, Is.LessThanOrEqualTo(1.1 * score.GetProperty("error_over_std").GetDouble()));
    }

    [Test]
    public void A_layer_that_is_spoiled_is_the_first_with_a_large_error()
    {
        // one bit for weights spoils the first layer, whose weights need more
        using QuantizedModule fine = TinyModel.Compile(new CompileOptions { Bits = QuantizationBits.Uniform(8), Rounding = null });
        using QuantizedModule coarse = TinyModel.Compile(
            new CompileOptions { Bits = QuantizationBits.Uniform(8) with { OpWeights = 1 }, Rounding = null }
        );
        double good = fine.ScoreLayers([TinyModel.Calibration()])[0].ErrorOverStd!.Value;
        double bad = coarse.ScoreLayers([TinyModel.Calibration()])[0].ErrorOverStd!.Value;
        Assert.That(good, Is.LessThan(0.02));
        Assert.That(bad, Is.GreaterThan(0.2));
    }

    [Test]
    public void Values_beyond_calibration_are_counted_where_they_are()
    {
        using QuantizedModule module = TinyModel.Compile();
        Tensor calibrated = TinyModel.Calibration();
        Assert.That(module.ScoreLayers([calibrated]).Sum(layer => layer.BeyondCalibration), Is.Zero);
        Tensor large = Tensor.Create([.. Enumerable.Range(0, 64).Select(index => index % 4 is 0 or 3 ? 1f : -1f)], 16, 4);
        Assert.That(module.ScoreLayers([large])[0].BeyondCalibration, Is.Positive);
    }

    [Test]
    public void Layers_need_an_artefact()
    {
        Cli run = Cli.Run("score", DigitsMlp.Model, "-i", DigitsMlp.Test, "-m", "float", "--layers", "--json");
        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Codes(), Is.EqualTo(new[] { "CML6302" }));
    }

    private static void RequireSelfContained(string html)
    {
        Assert.That(html, Does.StartWith("<!doctype html>"));
        Assert.That(html, Does.Not.Contain("<script").And.Not.Contain("<link").And.Not.Contain("<img").And.Not.Contain("@import"));
        // the one address is the name of SVG's vocabulary, which is not fetched
        Assert.That(html.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal), Does.Not.Contain("://"));
    }

    [GeneratedRegex("<circle class=\"p\" cx=\"([0-9.]+)\" cy=\"([0-9.]+)\"")]
    private static partial Regex PointPattern();
}
