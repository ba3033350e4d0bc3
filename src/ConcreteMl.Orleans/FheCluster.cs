using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ConcreteMl.Orleans;

/// <summary>
/// Runs batches on the silos of a cluster. Samples go to whichever lane is free; a sample whose silo goes is computed again on
/// another, to the same result, because a run is determined by its key and its ciphertexts. Safe for concurrent use.
/// </summary>
public sealed class FheCluster(IGrainFactory grains, IOptions<FheClusterOptions> options, ILogger<FheCluster> logger)
{
    private readonly KnownSilos silos = KnownSilos.Of(grains, logger);

    /// <summary>Runs samples and gives their outputs in the order of the inputs.</summary>
    /// <param name="model">The model's name on the silos.</param>
    /// <param name="key">The evaluation key of the client that encrypted.</param>
    /// <param name="inputs">The samples; any number, each is a message of its own.</param>
    /// <param name="progress">From 0 to 1.</param>
    /// <param name="cancellation">Ends the work, on the silos too.</param>
    /// <exception cref="ClusterException">
    /// The silos refused the inputs or the key, or a sample failed as often as <see cref="FheClusterOptions.Attempts"/> says.
    /// </exception>
    public async Task<EncryptedOutputs> RunAsync(
        string model,
        ClusterKey key,
        EncryptedInputs inputs,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(inputs);
        LaneKey name = new(model, Convert.ToHexStringLower(inputs.CircuitHash.Span), key.Owner, key.Id);
        Batch batch = new(inputs, progress);
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using KeyCourier courier = new(key, name, options.Value.KeyPartBytes);
        int lanes = Math.Min(inputs.Samples.Count, await silos.CountAsync(cancellation) * options.Value.LanesPerSilo);
        Task[] drives =
        [
            .. Enumerable
                .Range(0, lanes)
                .Select(number => new LaneDriver(Lane(name, number), name, batch, courier, options.Value, logger).DriveAsync(end.Token)),
        ];
        try
        {
            await foreach (Task drive in Task.WhenEach(drives))
                await drive;
        }
        finally
        {
            // one lane's end by a failure ends the others
            await end.CancelAsync();
            await Task.WhenAll(drives).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return batch.Outputs;
    }

    private ILane Lane(LaneKey name, int number) => grains.GetGrain<ILane>(name.Lane(number));
}
