using Microsoft.Extensions.Options;

namespace ConcreteMl.AspNetCore;

/// <summary>Computes in this process, with keys from its memory.</summary>
internal sealed class LocalRunner(IOptions<ConcreteMlOptions> options, KeyMemory memory) : IInferenceRunner
{
    public void Require(IEnumerable<ServedModel> models) => OptionRules.RequireKeyMemory(options.Value, models);

    public async Task<EncryptedOutputs> RunAsync(
        WorkItem item,
        EncryptedInputs inputs,
        IProgress<double> progress,
        CancellationToken cancellation
    )
    {
        using KeyMemory.Lease lease = await memory.AcquireAsync(item.Key, item.Model, cancellation).ConfigureAwait(false);
        return await item.Model.Server.RunAsync(lease.Key, inputs, progress, cancellation, options.Value.Threads).ConfigureAwait(false);
    }
}
