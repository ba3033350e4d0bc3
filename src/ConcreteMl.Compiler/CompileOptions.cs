using ConcreteMl.Data;

namespace ConcreteMl;

/// <summary>What a compilation may be told; every property has a default.</summary>
public sealed record CompileOptions
{
    /// <summary>Bits of codes and weights; default: 6 throughout. Not used with <see cref="ImportQat"/>, where the file says them.</summary>
    public QuantizationBits Bits { get; init; } = QuantizationBits.Uniform(6);

    /// <summary>The model was trained with quantizers (Quant nodes) and keeps them; default: false.</summary>
    public bool ImportQat { get; init; }

    /// <summary>
    /// Rounds accumulators before lookups; default: <see cref="Rounding.Auto"/>, what the compiler finds cheapest; null: no rounding.
    /// Passes that are run by themselves (<see cref="StageText.Apply"/>) take Auto for none: they choose nothing.
    /// </summary>
    public Rounding? Rounding { get; init; } = Rounding.Auto;

    /// <summary>
    /// Ranges that inputs have in use, in place of what calibration data shows of them; default: none. Calibration samples beyond are
    /// moved to the ends; where a range is wider than was measured, samples that are stretched to fill it are added.
    /// </summary>
    public IReadOnlyList<InputRange> Ranges
    {
        get;
        init => field = ContentList<InputRange>.Of(value);
    } = ContentList<InputRange>.Of([]);

    /// <summary>Sizes of inputs' axes that the model leaves open; default: none, those of the calibration data.</summary>
    public IReadOnlyList<InputShape> Shapes
    {
        get;
        init => field = ContentList<InputShape>.Of(value);
    } = ContentList<InputShape>.Of([]);

    /// <summary>Bound on the failure probability of each lookup; default: null, which means 2^-40 unless <see cref="GlobalPError"/> is given.</summary>
    public double? PError { get; init; }

    /// <summary>Bound on the probability that any lookup of one inference fails; default: null. Excludes <see cref="PError"/>.</summary>
    public double? GlobalPError { get; init; }

    /// <summary>
    /// Bounds the failure probability of each lookup by 2^-128, for results that are shared with others than the key's owner;
    /// default: false. Excludes <see cref="PError"/> and <see cref="RoundingMethod.Approximate"/>, whose results show the noise;
    /// <see cref="GlobalPError"/> may be given beside it.
    /// </summary>
    public bool Strict { get; init; }

    /// <summary>
    /// What the module has to reach, as simulated on every fourth calibration sample; default: null, what the other properties say. The
    /// fastest setting found within a minute replaces <see cref="Bits"/> (but for <see cref="ImportQat"/>), <see cref="Rounding"/>
    /// and, where no bound is given, <see cref="PError"/>. <see cref="ModelCompiler.Tune"/> takes validation data of one's own.
    /// </summary>
    public TuneTarget? Target { get; init; }

    /// <summary>Bits of security of the parameters, 132 or 128; default: 132, a margin of four bits that costs 3 to 5 % of the time.</summary>
    public int Security { get; init; } = 132;

    /// <summary>
    /// How lookups switch keys; default: <see cref="KeySwitchKind.Fourier"/>, which is faster. <see cref="KeySwitchKind.Lwe"/> assumes less:
    /// docs/security.md says what.
    /// </summary>
    public KeySwitchKind KeySwitch { get; init; } = KeySwitchKind.Fourier;

    /// <summary>
    /// What needs no circuit is done by the client; default: <see cref="ConcreteMl.ClientParts.Auto"/>. The client then learns what it
    /// decrypts, such as a classifier's scores in place of its label.
    /// </summary>
    public ClientParts ClientParts { get; init; } = ClientParts.Auto;

    /// <summary>A folder that receives the graph after each step that changed it, as NN-step-name.mlir; default: null, none.</summary>
    public string? DumpDirectory { get; init; }

    /// <summary>Passes of one's own assemblies, in the order in which they are inserted; default: none.</summary>
    public IReadOnlyList<PassInsertion> Passes
    {
        get;
        init => field = ContentList<PassInsertion>.Of(value);
    } = ContentList<PassInsertion>.Of([]);

    /// <summary>
    /// Run every stage before and after each step on a few calibration samples, and refuse a step that changed what it computes;
    /// default: false.
    /// </summary>
    public bool Validate { get; init; }

    /// <summary>Told of every step, before its result is verified; default: null.</summary>
    public Action<StepReport>? OnStep { get; init; }

    /// <summary>The most threads to use; default: 0, as many as the machine has.</summary>
    public int Threads { get; init; }

    /// <summary>The bound on each lookup that <see cref="Strict"/> or <see cref="PError"/> asks for.</summary>
    internal double? LookupBound => Strict ? Math.Pow(2.0, -128.0) : PError;
}
