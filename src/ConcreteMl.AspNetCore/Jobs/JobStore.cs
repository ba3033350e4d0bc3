using System.Security.Cryptography;
using ConcreteMl.Tfhe;
using Microsoft.Extensions.Options;

namespace ConcreteMl.AspNetCore;

/// <summary>
/// Durable jobs: a row each in jobs/jobs.db, inputs and outputs as files beside it. A job is accepted when its inputs and then its row
/// are on disk, and done when its outputs and then its row's end are.
/// </summary>
internal sealed class JobStore(IOptions<ConcreteMlOptions> options, StoreFolder folder, TimeProvider clock) : IDisposable
{
    private JobTable? table;

    internal JobTable Table => table ?? throw new InvalidOperationException("the store of jobs is not open");

    private string Root => folder.At("jobs");

    /// <summary>Opens the database, and removes files of which it knows nothing.</summary>
    /// <returns>What was accepted and has not ended.</returns>
    internal IReadOnlyList<Job> Open()
    {
        Directory.CreateDirectory(Root);
        table = new JobTable(Path.Combine(Root, "jobs.db"));
        Sweep();
        HashSet<string> known = [.. table.All().Select(job => job.Id)];
        foreach (string file in Directory.EnumerateFiles(Root))
        {
            string name = Path.GetFileName(file);
            if (!name.StartsWith("jobs.db", StringComparison.Ordinal) && !known.Contains(name.Split('.')[0]))
                File.Delete(file);
        }

        return table.Open();
    }

    /// <summary>Refuses a client that has as many jobs as it may.</summary>
    /// <exception cref="RefusalException">It has.</exception>
    internal void RequireRoom(string owner)
    {
        if (Table.Count(owner) >= options.Value.JobsPerClient)
            throw new RefusalException(
                409,
                "CML6406",
                $"the client has {options.Value.JobsPerClient} jobs, as many as it may",
                "",
                "Delete finished ones: DELETE /v2/jobs/ID"
            );
    }

    /// <summary>Accepts a job, unless the client has one of the same request.</summary>
    /// <param name="key">Whose it is, and under which key.</param>
    /// <param name="model">The model.</param>
    /// <param name="inputs">The inputs.</param>
    /// <param name="request">The client's own name of the request, and the hash of what it sent; null without a name.</param>
    /// <param name="trace">The trace that it belongs to.</param>
    /// <returns>The job, or null.</returns>
    internal async Task<Job?> AddAsync(
        KeyName key,
        ServedModel model,
        EncryptedInputs inputs,
        (string Name, string Hash)? request,
        string? trace
    )
    {
        Job job = new()
        {
            Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
            Owner = key.Owner,
            Model = model.Name,
            Circuit = key.Circuit,
            Key = key.Id,
            Samples = inputs.Samples.Count,
            Created = clock.GetUtcNow(),
            Trace = trace,
            Request = request?.Name,
            Inputs = request?.Hash,
        };
        await WriteAsync(InputsOf(job), inputs.WriteToAsync).ConfigureAwait(false);
        if (Table.Add(job))
            return job;
        File.Delete(InputsOf(job));
        return null;
    }

    internal async Task<EncryptedInputs> ReadInputsAsync(Job job, ServedModel model, CancellationToken cancellation)
    {
        await using FileStream file = Read(InputsOf(job));
        return await model.Server.ReadInputsAsync(file, job.Samples, cancellation).ConfigureAwait(false);
    }

    /// <summary>Keeps the outputs, and then says that they are there.</summary>
    internal async Task FinishAsync(Job job, EncryptedOutputs outputs)
    {
        await WriteAsync(OutputsOf(job), outputs.WriteToAsync).ConfigureAwait(false);
        if (!Table.End(job.Id, JobState.Done, clock.GetUtcNow()))
            File.Delete(OutputsOf(job));
        File.Delete(InputsOf(job));
    }

    /// <summary>Ends a job without outputs.</summary>
    internal void End(Job job, JobState state, string? code = null, string? error = null)
    {
        if (Table.End(job.Id, state, clock.GetUtcNow(), code, error))
            File.Delete(InputsOf(job));
    }

    /// <summary>The result of a job that is done.</summary>
    internal FileStream OpenOutputs(Job job) => Read(OutputsOf(job));

    /// <summary>Removes a job that has ended.</summary>
    internal void Remove(Job job)
    {
        Table.Delete(job.Id);
        File.Delete(InputsOf(job));
        File.Delete(OutputsOf(job));
    }

    /// <summary>Removes jobs whose time is over.</summary>
    internal void Sweep()
    {
        foreach (Job job in Table.EndedBefore(clock.GetUtcNow() - options.Value.JobRetention))
            Remove(job);
    }

    public void Dispose() => table?.Dispose();

    private static FileStream Read(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16);

    private static Task WriteAsync(string path, Func<Stream, CancellationToken, Task> write) =>
        WholeFile.ReplaceAsync(path, stream => write(stream, CancellationToken.None));

    private string InputsOf(Job job) => Path.Combine(Root, job.Id + ".inputs");

    private string OutputsOf(Job job) => Path.Combine(Root, job.Id + ".outputs");
}
