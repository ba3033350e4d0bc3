namespace ConcreteMl.AspNetCore;

/// <summary>Where inferences that have left the queue are computed.</summary>
internal interface IInferenceRunner
{
    /// <summary>Refuses, at the start, settings under which these models could not be computed.</summary>
    /// <exception cref="ServingException">What is wrong.</exception>
    void Require(IEnumerable<ServedModel> models);

    /// <summary>Computes an item.</summary>
    /// <param name="item">Whose it is, its model and its key.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="progress">From 0 to 1.</param>
    /// <param name="cancellation">Ends the work.</param>
    Task<EncryptedOutputs> RunAsync(WorkItem item, EncryptedInputs inputs, IProgress<double> progress, CancellationToken cancellation);
}
