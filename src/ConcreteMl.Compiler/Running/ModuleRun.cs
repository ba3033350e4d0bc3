using ConcreteMl.Tfhe.Programs;

namespace ConcreteMl.Running;

/// <summary>What one run of a module brought.</summary>
/// <param name="Outputs">One real tensor per output, samples first.</param>
/// <param name="Codes">The same as integer codes.</param>
/// <param name="Counted">What was counted in a clear or simulated run; null in encrypted ones, which see no secret.</param>
/// <param name="Encrypted">Times of an encrypted run.</param>
/// <param name="Bootstraps">Bootstraps that one encrypted sample takes.</param>
/// <param name="Clipped">Inputs with values beyond the calibrated range.</param>
internal sealed record ModuleRun(
    IReadOnlyList<Tensor> Outputs,
    IReadOnlyList<IntegerTensor> Codes,
    ExecutionStatistics? Counted,
    EncryptedTimes? Encrypted,
    long Bootstraps,
    IReadOnlyList<ClippedInput> Clipped
);
