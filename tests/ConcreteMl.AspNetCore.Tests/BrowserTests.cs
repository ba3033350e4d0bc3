using System.Text.Json;
using Microsoft.Playwright;
using NUnit.Framework;

namespace ConcreteMl.AspNetCore.Tests;

/// <summary>
/// The page of samples/Browser in a real browser: keys, encryption and the answer. Skipped where no browser is installed, or
/// where the page was not published (docs/serving.md says how).
/// </summary>
[Category("Browser")]
public sealed class BrowserTests
{
    private const string Browser = "/usr/bin/chromium";

    // milliseconds that a busy machine may take for anything but keys
    private const int Patience = 120_000;
    private static readonly string Root = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", ".."));
    private static readonly string Page = Path.Combine(Root, "artifacts", "samples", "Browser", "out", "wwwroot");
    private DirectoryInfo folder = null!;

    [OneTimeSetUp]
    public void Export()
    {
        Assume.That(File.Exists(Browser), $"{Browser} is not installed");
        Assume.That(Directory.Exists(Page), $"{Page} is not published");
        folder = Directory.CreateTempSubdirectory("concreteml-browser-");
        string model = Path.Combine(Root, "tests", "models", "digits_mlp");
        // what tune --target key=12MB finds at an accuracy of .955: keys of 11 MiB, which a browser makes in seconds
        string[] small =
        [
            "--bits",
            "model_inputs=5,op_inputs=5,op_weights=3,model_outputs=5",
            "--rounding",
            "5:approximate",
            "--p-error",
            "0.3",
        ];
        Run(["compile", $"{model}/model.onnx", "-c", $"{model}/calib.npz", .. small, "-o", At("digits.cml")]);
        Run("export", At("digits.cml"), "--client", At("digits.client"), "--server", At("digits.server"));
        NpzFile.Save(At("x.npz"), [new("x0", NpzFile.Load($"{model}/test.npz")["x0"].Sample(0))]);
    }

    [OneTimeTearDown]
    public void RemoveFolder() => folder?.Delete(recursive: true);

    [Test]
    public async Task A_digit_is_recognized_and_a_second_visit_needs_no_new_keys()
    {
        double[] clear = Clear();
        using ServeProcess server = new(At("store"), At("digits.server"), "--page", Page);
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await playwright.Chromium.LaunchAsync(
            new()
            {
                ExecutablePath = Browser,
                Args = ["--no-sandbox"],
                Timeout = Patience,
            }
        );
        await using IBrowserContext context = await browser.NewContextAsync();
        context.SetDefaultTimeout(Patience);
        IPage page = await context.NewPageAsync();
        await VisitAsync(page, server);
        ILocator status = page.Locator("#status");
        TestContext.Out.WriteLine(
            $"keys of {await status.GetAttributeAsync("data-key-bytes")} bytes in {await status.GetAttributeAsync("data-key-seconds")} s"
        );
        double[] first = await AskAsync(page);
        await page.ScreenshotAsync(new() { Path = Shot("first.png"), FullPage = true });
        // approximate rounding and tolerated failures move the scores a little: the digit is the same, and the scores are near
        Assert.That(Digit(first), Is.EqualTo(Digit(clear)));
        double spread = clear.Max() - clear.Min();
        Assert.That(first.Zip(clear).Max(pair => Math.Abs(pair.First - pair.Second)), Is.LessThan(0.2 * spread));
        Assert.That(await page.Locator("#sent").InnerTextAsync(), Does.Contain("evaluation key").And.Contain("encrypted drawing"));

        IPage again = await context.NewPageAsync();
        await VisitAsync(again, server);
        Assert.That(await again.Locator("#status").GetAttributeAsync("data-key-seconds"), Is.Null, "keys of the first visit are used");
        double[] second = await AskAsync(again);
        Assert.That(Digit(second), Is.EqualTo(Digit(first)));
        Assert.That(await again.Locator("#sent").InnerTextAsync(), Does.Not.Contain("evaluation key"));
        await again.ScreenshotAsync(new() { Path = Shot("second.png"), FullPage = true });
    }

    private static async Task VisitAsync(IPage page, ServeProcess server)
    {
        page.Console += (_, message) => TestContext.Out.WriteLine(message.Text);
        await page.GotoAsync(server.Address.AbsoluteUri);
        // keys in an interpreter on a busy machine
        await Assertions.Expect(page.Locator("#ask")).ToBeEnabledAsync(new() { Timeout = 400_000 });
        Assert.That(await page.Locator("#failed").InnerTextAsync(), Is.Empty);
    }

    private static async Task<double[]> AskAsync(IPage page)
    {
        await page.ClickAsync("#example");
        await page.ClickAsync("#ask");
        await Assertions
            .Expect(page.Locator("#answer"))
            .ToHaveTextAsync(new System.Text.RegularExpressions.Regex("[0-9]"), new() { Timeout = Patience });
        string scores = (await page.Locator("#answer").GetAttributeAsync("data-scores"))!;
        return [.. JsonDocument.Parse(scores).RootElement.EnumerateArray().Select(score => score.GetDouble())];
    }

    private static int Digit(double[] scores) => Array.IndexOf(scores, scores.Max());

    private double[] Clear()
    {
        using QuantizedModule module = QuantizedModule.Load(At("digits.cml"));
        return module.Forward([NpzFile.Load(At("x.npz"))["x0"]], FheMode.Disable)[0].ToDoubles();
    }

    private static string Shot(string name)
    {
        string place = Path.Combine(Root, "artifacts", "test-results", "browser");
        Directory.CreateDirectory(place);
        return Path.Combine(place, name);
    }

    private string At(string name) => Path.Combine(folder.FullName, name);

    private static void Run(params string[] arguments)
    {
        StringWriter error = new();
        Assert.That(Cli.CommandLine.Run(arguments, new StringWriter(), error), Is.Zero, error.ToString());
    }
}
