namespace ConcreteMl.Data;

/// <summary>What compile options may say.</summary>
internal static class OptionRules
{
    private const int Widest = 16;

    /// <exception cref="ArgumentOutOfRangeException">There is no such mode.</exception>
    internal static void Require(FheMode mode)
    {
        if (!Enum.IsDefined(mode))
        {
            throw new ArgumentOutOfRangeException(nameof(mode), mode, "there is no such mode");
        }
    }

    /// <exception cref="CompilationException">CML6022, or CML6001 for a path that names nothing.</exception>
    internal static void Require(RunOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        List<Diagnostic> findings = [];
        Range(findings, "Threads", options.Threads, 0, int.MaxValue);
        Range(findings, "BatchSize", options.BatchSize, 1, int.MaxValue);
        Refuse(findings);
        if (options.KeyFile is not null)
        {
            Files.RequirePath(options.KeyFile);
        }
    }

    /// <exception cref="CompilationException">CML6022.</exception>
    internal static void Require(TuneOptions options)
    {
        List<Diagnostic> findings = [];
        Range(findings, "Cores", options.Cores, 0, int.MaxValue);
        if (options.Budget <= TimeSpan.Zero || options.Budget.TotalMilliseconds > int.MaxValue)
        {
            Add(findings, "Budget", FormattableString.Invariant($"Budget is {options.Budget}"), "a time above 0 and below 24 days");
        }

        Refuse(findings);
    }

    internal static void Require(CompileOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(options.Bits);
        if (options.DumpDirectory is not null)
        {
            Files.RequirePath(options.DumpDirectory);
        }

        List<Diagnostic> findings = [];
        QuantizationBits bits = options.Bits;
        Range(findings, "Bits.ModelInputs", bits.ModelInputs, 1, Widest);
        Range(findings, "Bits.OpInputs", bits.OpInputs, 1, Widest);
        Range(findings, "Bits.OpWeights", bits.OpWeights, 1, Widest);
        Range(findings, "Bits.ModelOutputs", bits.ModelOutputs, 1, Widest);
        Range(findings, "Rounding.Bits", options.Rounding?.Bits ?? 1, 1, Widest);
        Range(findings, "Threads", options.Threads, 0, int.MaxValue);
        Inputs(findings, options);
        Probability(findings, "PError", options.PError);
        Probability(findings, "GlobalPError", options.GlobalPError);
        if (options.PError is not null && options.GlobalPError is not null)
        {
            Add(findings, "PError", "PError and GlobalPError are both given", "one of them");
        }

        if (options.Strict && options.PError is not null)
        {
            Add(findings, "Strict", "Strict and PError are both given, and Strict means a PError of 2^-128", "one of them");
        }

        if (options.Strict && options.Rounding?.Method == RoundingMethod.Approximate)
        {
            Shared(findings);
        }

        if (options.Target is { IsSound: false } target)
        {
            Add(findings, "Target", $"the target is {target}", "an accuracy from 0 to 1, an error, a time or a size of keys above 0");
        }

        if (options.Security is not (128 or 132))
        {
            Add(findings, "Security", $"the security is {options.Security} bits", "132 or 128");
        }

        if (!Enum.IsDefined(options.KeySwitch))
        {
            Add(findings, "KeySwitch", $"there is no key switch {(int)options.KeySwitch}", "Fourier or Lwe");
        }

        if (options.Rounding is { } rounding && !Enum.IsDefined(rounding.Method))
        {
            Add(findings, "Rounding.Method", $"there is no rounding method {(int)rounding.Method}", "Exact or Approximate");
        }

        if (options.Rounding is { BinLoss: var loss } && !(loss >= 1.0 && double.IsFinite(loss)))
        {
            Add(findings, "Rounding.BinLoss", $"the loss of bins is {loss}", "a number from 1 on");
        }

        Refuse(findings);
    }

    private static void Inputs(List<Diagnostic> findings, CompileOptions options)
    {
        foreach (InputRange range in options.Ranges)
        {
            if (!double.IsFinite(range.Low) || !double.IsFinite(range.High) || range.Low >= range.High)
            {
                Add(findings, "Ranges", $"the range {range} is empty or endless", "two numbers, the lower one first");
            }
        }

        foreach (InputShape shape in options.Shapes)
        {
            if (shape.Sizes.Any(size => size < 1))
            {
                Add(findings, "Shapes", $"the shape {shape} has a size below 1", "sizes of at least 1");
            }
        }
    }

    private static void Refuse(List<Diagnostic> findings)
    {
        if (findings.Count > 0)
        {
            throw new CompilationException(findings);
        }
    }

    private static void Shared(List<Diagnostic> findings) =>
        findings.Add(
            Diagnostic.Error(
                "CML6026",
                "Strict",
                "results of a strict compilation may be shared, and those of approximate rounding depend on the noise of the secret key's ciphertexts",
                "exact rounding, or none",
                "Round exactly (--rounding N:exact), or leave --strict out and keep the results to the key's owner"
            )
        );

    private static void Range(List<Diagnostic> findings, string option, int value, int low, int high)
    {
        if (value < low || value > high)
        {
            Add(
                findings,
                option,
                FormattableString.Invariant($"{option} is {value}"),
                high == int.MaxValue ? $"at least {low}" : $"{low} to {high}"
            );
        }
    }

    private static void Probability(List<Diagnostic> findings, string option, double? value)
    {
        if (value is not (null or (> 0 and < 1)))
        {
            Add(findings, option, FormattableString.Invariant($"{option} is {value}"), "a probability between 0 and 1");
        }
    }

    private static void Add(List<Diagnostic> findings, string option, string message, string expected) =>
        findings.Add(Diagnostic.Error("CML6022", option, message, expected, "Correct the option"));
}
