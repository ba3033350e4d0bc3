using ConcreteMl.AspNetCore;

namespace ConcreteMl.Orleans;

/// <summary>Runs what a server accepts on the silos of a cluster; keys come from the server's store.</summary>
internal sealed class ClusterRunner(FheCluster cluster, KeyStore keys) : IInferenceRunner
{
    // What a silo needs, it looks at itself when it starts.
    public void Require(IEnumerable<ServedModel> models) { }

    public async Task<EncryptedOutputs> RunAsync(
        WorkItem item,
        EncryptedInputs inputs,
        IProgress<double> progress,
        CancellationToken cancellation
    )
    {
        StoredKey stored = keys.Require(item.Key);
        ClusterKey key = new(
            item.Key.Id,
            _ => Task.FromResult<Stream>(File.Open(stored.Path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete)),
            item.Key.Owner
        );
        try
        {
            return await cluster.RunAsync(item.Model.Name, key, inputs, progress, cancellation);
        }
        catch (ClusterException problem)
        {
            throw new RefusalException(problem.Status, problem.Code, problem.Reason, "", "Try again; the silos' logs say more");
        }
    }
}
