namespace ConcreteMl.Running;

/// <summary>Clear, simulated and encrypted runs compared, lookup by lookup.</summary>
/// <param name="Samples">Each sample's outputs compared.</param>
/// <param name="ClearEqualsCircuit">The circuit stage, evaluated by its own interpreter, gives the codes of the clear run.</param>
/// <param name="Lookups">Lookups of all samples, each decrypted and compared.</param>
/// <param name="Bootstraps">Bootstraps of one sample, those of exact rounding included.</param>
/// <param name="LookupFailures">Encrypted lookups whose decrypted result is another than their decrypted operand's.</param>
/// <param name="SimulatedLookupFailures">The same in the simulated run.</param>
/// <param name="Expected">How many of both are to be expected.</param>
/// <param name="OffByOne">Encrypted lookups that approximate rounding took to the neighbouring entry.</param>
/// <param name="SimulatedOffByOne">The same in the simulated run.</param>
/// <param name="RangeOverflows">Codes of the clear run that left their width.</param>
/// <param name="Clipped">Inputs with values beyond the calibrated range.</param>
/// <param name="KeygenSeconds">Making (or reading) the keys.</param>
/// <param name="EvaluationKeyBytes">The evaluation key as it is stored or sent.</param>
internal sealed record ModuleComparison(
    IReadOnlyList<SampleComparison> Samples,
    bool ClearEqualsCircuit,
    long Lookups,
    long Bootstraps,
    long LookupFailures,
    long SimulatedLookupFailures,
    FailureExpectation Expected,
    long OffByOne,
    long SimulatedOffByOne,
    long RangeOverflows,
    IReadOnlyList<ClippedInput> Clipped,
    double KeygenSeconds,
    long EvaluationKeyBytes
)
{
    internal bool ClearEqualsSimulate => Samples.All(sample => sample.ClearEqualsSimulate);

    internal bool ClearEqualsExecute => Samples.All(sample => sample.ClearEqualsExecute);

    /// <summary>The modes agree, lookup by lookup; off-by-ones of approximate rounding do not count.</summary>
    internal bool Agrees =>
        LookupFailures == 0 && SimulatedLookupFailures == 0 && ClearEqualsSimulate && ClearEqualsExecute && ClearEqualsCircuit;
}
