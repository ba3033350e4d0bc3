namespace ConcreteMl.Running;

/// <summary>Clear, simulated and encrypted runs compared, lookup by lookup.</summary>
/// <param name="Samples">Each sample's outputs compared.</param>
/// <param name="Lookups">Lookups compared between clear and encrypted runs.</param>
/// <param name="LookupFailures">Encrypted lookups whose decrypted result is another than their decrypted operand's.</param>
/// <param name="SimulatedLookupFailures">The same in the simulated run.</param>
/// <param name="OffByOne">Encrypted lookups that approximate rounding took to the neighbouring entry.</param>
/// <param name="SimulatedOffByOne">The same in the simulated run.</param>
/// <param name="RangeOverflows">Codes of the clear run that left their width.</param>
/// <param name="KeygenSeconds">Making (or reading) the keys.</param>
/// <param name="EvaluationKeyBytes">The evaluation key as it is stored or sent.</param>
internal sealed record ModuleComparison(
    IReadOnlyList<SampleComparison> Samples,
    long Lookups,
    long LookupFailures,
    long SimulatedLookupFailures,
    long OffByOne,
    long SimulatedOffByOne,
    long RangeOverflows,
    double KeygenSeconds,
    long EvaluationKeyBytes
)
{
    /// <summary>All samples, or none of the differences but off-by-ones of approximate rounding.</summary>
    internal bool ClearEqualsSimulate => Samples.All(sample => sample.ClearEqualsSimulate);

    internal bool ClearEqualsExecute => Samples.All(sample => sample.ClearEqualsExecute);

    /// <summary>The modes agree; where outputs differ, off-by-ones of approximate rounding alone are the reason.</summary>
    internal bool Agrees =>
        LookupFailures == 0
        && SimulatedLookupFailures == 0
        && (ClearEqualsExecute || OffByOne > 0)
        && (ClearEqualsSimulate || SimulatedOffByOne > 0);
}
