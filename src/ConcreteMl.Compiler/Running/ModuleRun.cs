namespace ConcreteMl.Running;

/// <summary>What one run of a module brought.</summary>
/// <param name="Outputs">One real tensor per output, samples first.</param>
/// <param name="Codes">The same as integer codes.</param>
/// <param name="RangeOverflows">Codes that left their width; counted in clear and simulated runs.</param>
/// <param name="Encrypted">Times of an encrypted run.</param>
internal sealed record ModuleRun(
    IReadOnlyList<Tensor> Outputs,
    IReadOnlyList<IntegerTensor> Codes,
    long RangeOverflows,
    EncryptedTimes? Encrypted
);
