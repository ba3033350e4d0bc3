namespace ConcreteMl.Tfhe;

/// <summary>Scratch and steps of one core that bootstraps chunks of a batch, as its class carries lookups out.</summary>
internal unsafe interface IBootstrapWorker : IDisposable
{
    /// <summary>
    /// Looks up <paramref name="each"/> tables at every input of a chunk: as many entries of <paramref name="tableOf"/> and results of kN + 1
    /// words an input, input by input.
    /// </summary>
    void Run(ulong* inputs, LookupTables tables, ReadOnlySpan<int> tableOf, int each, ulong* outputs, CancellationToken cancellation);
}
