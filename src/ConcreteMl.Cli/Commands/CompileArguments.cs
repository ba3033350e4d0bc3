using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ConcreteMl.Cli.Commands;

/// <summary>The options that say how a model is compiled, shared by compile and dump.</summary>
internal sealed class CompileArguments
{
    private readonly Option<FileInfo?> calibration = new("--calibration", "-c")
    {
        Description = "Typical inputs (.npz: x0, x1, …, first axis = samples)",
    };

    private readonly Option<QuantizationBits?> bits = new("--bits", "-b")
    {
        Description = "N, or model_inputs=8,op_inputs=4,op_weights=4,model_outputs=8 (default 6)",
        CustomParser = ParseBits,
    };

    private readonly Option<InputRange[]?> ranges = new("--range")
    {
        Description = "Range of an input in use, NAME=lo:hi, where calibration data does not show it; may be repeated",
        CustomParser = result => Parsed<InputRange>(result, InputRange.TryParse, "--range takes NAME=lo:hi, the lower end first."),
    };

    private readonly Option<InputShape[]?> shapes = new("--shape")
    {
        Description = "Sizes of an input's axes for one sample, NAME=1,3,32,32, where the model leaves some open; may be repeated",
        CustomParser = result => Parsed<InputShape>(result, InputShape.TryParse, "--shape takes NAME=1,3,32,32, one size for every axis."),
    };

    private readonly Option<bool> importQat = new("--import-qat")
    {
        Description = "The model was trained with quantizers (Quant nodes); keep them",
    };

    private readonly Option<RoundingWord?> rounding = new("--rounding", "-r")
    {
        Description =
            "auto (default: what is cheapest and keeps the error), auto:approximate, none, or N[:exact|approximate][:LOSS]: "
            + "accumulators are rounded to N bits before lookups, in bins whose mean square is at most LOSS (default 1.3) times the least",
        CustomParser = ParseRounding,
    };

    private readonly Option<double?> pError = new("--p-error")
    {
        Description = "Bound on the failure probability of each lookup (default 2^-40)",
    };

    private readonly Option<double?> globalPError = new("--global-p-error")
    {
        Description = "Bound on the failure probability of one inference",
    };

    private readonly Option<bool> strict = new("--strict")
    {
        Description = "Lookups fail with probability 2^-128 at most, so that results may be shared (not with approximate rounding)",
    };

    private readonly Option<int> security = new("--security")
    {
        Description = "Bits of security of the parameters",
        DefaultValueFactory = _ => new CompileOptions().Security,
    };

    private readonly Option<string> keySwitch = new("--key-switch")
    {
        Description = "How lookups switch keys: on polynomials (fourier) or by inner products (lwe); docs/security.md has the assumptions",
        DefaultValueFactory = _ => Word(new CompileOptions().KeySwitch),
    };

    private readonly Option<string> clientParts = new("--client-parts")
    {
        Description = "What needs no circuit is done by the client (auto), or stays in the circuit where it can (none)",
        DefaultValueFactory = _ => "auto",
    };

    private readonly Option<DirectoryInfo?> dumpDirectory = new("--dump-dir")
    {
        Description = "Write the graph after each step to this folder",
    };

    private readonly Option<int> threads = new("--threads", "-t") { Description = "The most threads to use (default: all)" };

    private readonly bool forPasses;

    /// <param name="forPasses">Without the options that only a whole compilation has: data, dumps, the kind of quantization.</param>
    internal CompileArguments(bool forPasses = false)
    {
        this.forPasses = forPasses;
        bits.HelpName = "BITS";
        rounding.HelpName = "ROUNDING";
        calibration.HelpName = "CALIB.npz";
        ranges.HelpName = "NAME=lo:hi";
        shapes.HelpName = "NAME=SIZES";
        security.AcceptOnlyFromAmong("132", "128");
        keySwitch.AcceptOnlyFromAmong(Word(KeySwitchKind.Fourier), Word(KeySwitchKind.Lwe));
        clientParts.AcceptOnlyFromAmong("auto", "none");
        threads.Validators.Add(NotNegative);
        pError.Validators.Add(result => Probability(result, "--p-error"));
        globalPError.Validators.Add(result => Probability(result, "--global-p-error"));
    }

    internal void AddTo(Command command)
    {
        Option[] whole = forPasses ? [] : [calibration, ranges, shapes, importQat, dumpDirectory];
        Option[] all = [bits, rounding, pError, globalPError, strict, security, keySwitch, clientParts, threads];
        Add(command, [.. whole, .. all]);
    }

    /// <summary>Those that a tuning leaves to the user: all but bits and rounding.</summary>
    internal void AddToTuning(Command command) =>
        Add(command, [calibration, ranges, shapes, importQat, pError, globalPError, strict, security, keySwitch, clientParts, threads]);

    private void Add(Command command, IReadOnlyList<Option> options)
    {
        foreach (Option option in options)
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (result.GetValue(pError) is not null && result.GetValue(globalPError) is not null)
            {
                result.AddError("--p-error and --global-p-error exclude each other.");
            }
        });
    }

    internal string? Calibration(ParseResult parsed) => parsed.GetValue(calibration)?.ToString();

    internal CompileOptions Options(ParseResult parsed)
    {
        CompileOptions defaults = new();
        return defaults with
        {
            Bits = parsed.GetValue(bits) ?? defaults.Bits,
            ImportQat = !forPasses && parsed.GetValue(importQat),
            Rounding = parsed.GetValue(rounding) is RoundingWord word ? word.Rounding : defaults.Rounding,
            Ranges = forPasses ? [] : parsed.GetValue(ranges) ?? [],
            Shapes = forPasses ? [] : parsed.GetValue(shapes) ?? [],
            PError = parsed.GetValue(pError),
            GlobalPError = parsed.GetValue(globalPError),
            Strict = parsed.GetValue(strict),
            Security = parsed.GetValue(security),
            KeySwitch = parsed.GetValue(keySwitch) == Word(KeySwitchKind.Lwe) ? KeySwitchKind.Lwe : KeySwitchKind.Fourier,
            ClientParts = parsed.GetValue(clientParts) == "none" ? ClientParts.None : ClientParts.Auto,
            DumpDirectory = forPasses ? null : parsed.GetValue(dumpDirectory)?.ToString(),
            Threads = parsed.GetValue(threads),
        };
    }

    private static string Word(KeySwitchKind kind) => kind == KeySwitchKind.Lwe ? "lwe" : "fourier";

    private delegate bool Reads<T>(string text, [NotNullWhen(true)] out T? value);

    private static T[] Parsed<T>(ArgumentResult result, Reads<T> reads, string refusal)
        where T : class
    {
        List<T> found = [];
        foreach (Token token in result.Tokens)
        {
            if (reads(token.Value, out T? value))
            {
                found.Add(value);
            }
            else
            {
                result.AddError(refusal);
            }
        }

        return [.. found];
    }

    internal static void NotNegative(OptionResult result)
    {
        if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out int value) && value < 0)
        {
            result.AddError($"{result.Option.Name} takes 0 or more.");
        }
    }

    private static void Probability(OptionResult result, string name)
    {
        string text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
        bool sound = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value > 0 && value < 1;
        if (!sound)
        {
            result.AddError($"{name} takes a probability between 0 and 1, such as 1e-6.");
        }
    }

    private static QuantizationBits? ParseBits(ArgumentResult result)
    {
        try
        {
            return QuantizationBits.Parse(result.Tokens[0].Value);
        }
        catch (CompilationException refusal)
        {
            result.AddError($"--bits: {refusal.Diagnostics[0].Message}; {refusal.Diagnostics[0].Cure}");
            return null;
        }
    }

    // What an option holds is null when it is absent; no rounding is a value.
    private sealed record RoundingWord(Rounding? Rounding);

    private static double? ParseLoss(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double loss)
        && loss >= 1.0
        && double.IsFinite(loss)
            ? loss
            : null;

    private static RoundingWord? ParseRounding(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        switch (text)
        {
            case "none":
                return new RoundingWord(null);
            case "auto" or "auto:exact":
                return new RoundingWord(Rounding.Auto);
            case "auto:approximate":
                return new RoundingWord(Rounding.AutoApproximate);
        }

        string[] parts = text.Split(':');
        RoundingMethod? method = parts.ElementAtOrDefault(1) switch
        {
            null or "exact" => RoundingMethod.Exact,
            "approximate" => RoundingMethod.Approximate,
            _ => null,
        };
        bool sound = int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int width);
        double? loss = parts.Length < 3 ? null : ParseLoss(parts[2]);
        if (!sound || width is < 1 or > 16 || method is null || parts.Length > 3 || (parts.Length == 3 && loss is null))
        {
            result.AddError(
                "--rounding takes auto, auto:approximate, none, N, N:exact or N:approximate, with N from 1 to 16, and of bins N:exact:LOSS, with LOSS from 1 on."
            );
            return null;
        }

        Rounding rounding = new(width, method.Value);
        return new RoundingWord(loss is double bins ? rounding with { BinLoss = bins } : rounding);
    }
}
