namespace ConcreteMl.Tfhe.Programs;

/// <summary>Result of a clear or simulated run.</summary>
/// <param name="Outputs">Signed codes per sample, output and element.</param>
/// <param name="Statistics">What happened on the way.</param>
/// <param name="Samples">What happened to each sample.</param>
public sealed record ExecutionResult(
    IReadOnlyList<long[][]> Outputs,
    ExecutionStatistics Statistics,
    IReadOnlyList<SampleStatistics> Samples
);
