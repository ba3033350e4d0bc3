using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using ConcreteMl;
using ConcreteMl.Data;
using ConcreteMl.Tfhe.Programs;

namespace Benchmarks;

/// <summary>
/// Records what the compiler makes of many models, bits and roundings, and compares with an earlier record: redesigns of the
/// compiler may not change it. The record is a text file of lines "model bits rounding hash"; where a file exists, it is compared with.
/// </summary>
internal static partial class ProgramGate
{
    private static readonly string[] AllRoundings = ["none", "6", "6:approximate"];

    /// <summary>Runs with the folder of models, the record, and the options --models, --bits, --roundings and --at.</summary>
    internal static int Run(BenchOptions options)
    {
        if (options.Plain.Count != 2)
            throw new ArgumentException("gate takes a folder of models and a record");
        bool quant = options.Text("--at") switch
        {
            null or "program" => false,
            "quant" => true,
            var other => throw new ArgumentException($"--at takes program or quant, met '{other}'"),
        };
        string file = options.Plain[1];
        Dictionary<string, string>? known = File.Exists(file) ? Read(file) : null;
        using StreamWriter? record = known is null ? new StreamWriter(file) : null;
        int different = 0;
        foreach ((string folder, int bits, string rounding) in Cases(options))
        {
            string key = $"{Path.GetFileName(folder)} {bits} {rounding}";
            if (known is not null && !known.ContainsKey(key))
                continue;
            string found = Hash(folder, bits, rounding, quant);
            record?.WriteLine($"{key} {found}");
            record?.Flush();
            if (known is null || known[key] == found)
                continue;
            different++;
            Console.WriteLine($"{key}: was {known[key]}, is {found}");
        }
        Console.WriteLine(known is null ? "recorded" : $"{different} of {known.Count} recorded cases differ");
        return different == 0 ? 0 : 1;
    }

    private static Dictionary<string, string> Read(string file) =>
        File.ReadLines(file).ToDictionary(line => line[..line.LastIndexOf(' ')], line => line[(line.LastIndexOf(' ') + 1)..]);

    private static IEnumerable<(string Folder, int Bits, string Rounding)> Cases(BenchOptions options)
    {
        Regex names = new(options.Text("--models") ?? "", RegexOptions.CultureInvariant);
        int[] widths = [.. (options.Text("--bits") ?? "3,4,6").Split(',').Select(int.Parse)];
        string[] roundings = options.Text("--roundings")?.Split(',') ?? AllRoundings;
        return from folder in Directory.EnumerateDirectories(options.Plain[0]).Order(StringComparer.Ordinal)
            where File.Exists(Path.Combine(folder, "model.onnx")) && names.IsMatch(Path.GetFileName(folder))
            from bits in widths
            from rounding in roundings
            select (folder, bits, rounding);
    }

    private static string Hash(string folder, int bits, string rounding, bool quant)
    {
        using CancellationTokenSource stop = new();
        string? text = null;
        void See(StepReport step)
        {
            if (!quant || step.Stage != Stage.Quant)
                return;
            text = step.Text();
            stop.Cancel();
        }
        try
        {
            OnnxModel model = OnnxModel.Load(Path.Combine(folder, "model.onnx"));
            string calibration = Path.Combine(folder, "calib.npz");
            CompileOptions settings = new()
            {
                Bits = QuantizationBits.Uniform(bits),
                ImportQat = IsTrained(folder),
                Rounding = RoundingOf(rounding),
                OnStep = See,
            };
            IReadOnlyDictionary<string, Tensor> arrays = NpzFile.Load(calibration);
            Tensor[] inputs = [.. model.Inputs.Select((_, index) => arrays[$"x{index}"])];
            using QuantizedModule module = ModelCompiler.Compile(model, inputs, settings, null, stop.Token);
            return Convert.ToHexStringLower(ProgramFormat.Hash(module.Program).AsSpan(0, 12));
        }
        catch (CompilationException refusal)
        {
            return "refused:" + string.Join(',', refusal.Diagnostics.Select(finding => finding.Code).Distinct());
        }
        catch (OperationCanceledException) when (text is not null)
        {
            string codes = Meaning().Replace(Elements().Replace(Mark().Replace(text, ""), "$1"), "");
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(codes)).AsSpan(0, 12));
        }
    }

    /// <summary>Whether the folder's model has quantizers of its own, by its meta.json.</summary>
    internal static bool IsTrained(string folder) =>
        File.Exists(Path.Combine(folder, "meta.json")) && Trained().IsMatch(File.ReadAllText(Path.Combine(folder, "meta.json")));

    private static Rounding? RoundingOf(string text) =>
        text.Split(':') switch
        {
            ["none"] => null,
            [var bits] => new Rounding(int.Parse(bits)),
            [var bits, "approximate"] => new Rounding(int.Parse(bits), RoundingMethod.Approximate),
            _ => throw new ArgumentException($"--roundings takes none, 6 or 6:approximate, met '{text}'"),
        };

    [GeneratedRegex("\"kind\": \"(qat|qdq)\"")]
    private static partial Regex Trained();

    // Real meanings are not part of what is computed.
    [GeneratedRegex("!quant\\.uniform<(i\\d+)[^<>]*>")]
    private static partial Regex Elements();

    [GeneratedRegex(", scales = \\[[^\\]]*\\], zeros = \\[[^\\]]*\\](, scale_axis = \\d+)?")]
    private static partial Regex Meaning();

    [GeneratedRegex("^// after .*\\n")]
    private static partial Regex Mark();
}
