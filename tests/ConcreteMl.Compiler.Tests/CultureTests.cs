using System.Globalization;
using System.Text;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>
/// The library under cultures with another minus sign, decimal comma, digits or case mapping. Their figures are set here, so that the
/// test does not depend on what the machine knows of cultures.
/// </summary>
[NonParallelizable]
public sealed class CultureTests
{
    private static readonly (string Name, string Minus, string Comma)[] Cultures =
    [
        ("sv-SE", "\u2212", ","),
        ("fa-IR", "\u200E\u2212", "\u066B"),
        ("ar-SA", "\u061C-", "\u066B"),
        ("tr-TR", "-", ","),
        ("de-DE", "-", ","),
    ];

    [Test]
    public void Everything_that_the_library_writes_and_reads_is_the_same_in_every_culture()
    {
        CultureInfo own = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        string wanted = Written();
        try
        {
            foreach ((string name, string minus, string comma) in Cultures)
            {
                CultureInfo.CurrentCulture = Culture(name, minus, comma);
                Assert.That((-1.5).ToString(), Is.EqualTo($"{minus}1{comma}5"), "the culture is in force");
                Assert.That(Written(), Is.EqualTo(wanted), name);
            }
        }
        finally
        {
            CultureInfo.CurrentCulture = own;
        }
    }

    // Compiles, prints, reads back, runs, saves and loads; everything that came out as one text.
    private static string Written()
    {
        using Scratch scratch = new();
        using QuantizedModule module = TinyModel.Compile(
            new CompileOptions { Bits = QuantizationBits.Parse("model_inputs=5,op_inputs=3,op_weights=3,model_outputs=5") }
        );
        module.Save(scratch.At("a.cml"));
        using QuantizedModule loaded = QuantizedModule.Load(scratch.At("a.cml"));
        StringBuilder all = new();
        foreach (Stage stage in Enum.GetValues<Stage>().Where(stage => stage != Stage.Planned))
        {
            string text = loaded.Dump(stage);
            all.AppendLine(text).AppendLine(loaded.Dump(stage, elide: true));
            StageText read = loaded.Text(stage);
            if (stage != Stage.Program)
            {
                all.AppendLine(StageText.Parse(text).Print()).AppendLine(read.ToSvg());
            }
        }

        Tensor x = Tensor.Create([-0.5f, 0.25f, -0.125f, 1.5f], 1, 4);
        IReadOnlyList<Tensor> y = loaded.Forward([x], FheMode.Disable);
        NpzFile.Save(scratch.At("y.npz"), [new("x0", x), new("y0", y[0])]);
        IReadOnlyDictionary<string, Tensor> again = NpzFile.Load(scratch.At("y.npz"));
        all.AppendLine(Convert.ToHexString(File.ReadAllBytes(scratch.At("y.npz"))));
        all.AppendLine(string.Join(' ', again["y0"].ToDoubles().Select(value => value.ToString("R", CultureInfo.InvariantCulture))));
        all.AppendLine(Convert.ToHexString(File.ReadAllBytes(scratch.At("a.cml"))));
        all.AppendLine(Cli.Run("report", scratch.At("a.cml"), "--json").Output);
        all.AppendLine(Cli.Run("report", scratch.At("a.cml")).Output);
        all.AppendLine(Cli.Run("run", scratch.At("a.cml"), "--input", scratch.At("y.npz"), "--mode", "float").Output.Split('\n')[0]);
        CompilationException refusal = Assert.Throws<CompilationException>(() => TinyModel.Compile(new CompileOptions { PError = -1.5 }))!;
        return all.AppendLine(refusal.Message).ToString();
    }

    private static CultureInfo Culture(string name, string minus, string comma)
    {
        CultureInfo culture;
        try
        {
            culture = (CultureInfo)CultureInfo.GetCultureInfo(name).Clone();
        }
        catch (CultureNotFoundException)
        {
            // a machine without culture data: signs and commas alone
            culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        }

        culture.NumberFormat.NegativeSign = minus;
        culture.NumberFormat.NumberDecimalSeparator = comma;
        return culture;
    }
}
