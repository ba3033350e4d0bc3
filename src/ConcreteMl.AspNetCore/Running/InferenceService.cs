using System.Collections.Concurrent;
using System.Diagnostics;
using ConcreteMl.Tfhe;
using ConcreteMl.Tfhe.Programs;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ConcreteMl.AspNetCore;

/// <summary>
/// The workers. At the start they take over what an earlier server accepted; at the stop they finish what runs, and what time does not
/// allow stays in the store for the next start.
/// </summary>
internal sealed class InferenceService(
    IOptions<ConcreteMlOptions> options,
    StoreFolder folder,
    ModelRepository models,
    KeyStore keys,
    KeyMemory memory,
    JobStore jobs,
    WorkQueue queue,
    IInferenceRunner runner,
    Telemetry telemetry,
    ILogger<InferenceService> logger
) : BackgroundService
{
    // A job with which the server ended that often is not tried again: it may be what ends it. Restarts for other reasons are rarer.
    private const int MostAttempts = 10;
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromMinutes(1);

    // A disk that is full stays so for a while; a worker that asks it every second does no harm.
    private static readonly TimeSpan StorePause = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource now = new();
    private readonly ConcurrentDictionary<string, WorkItem> open = new();

    /// <summary>Everything is loaded.</summary>
    internal bool IsReady { get; private set; }

    /// <summary>The item of a job that waits or runs.</summary>
    internal WorkItem? Find(string job) => open.GetValueOrDefault(job);

    /// <summary>Puts a request in its place.</summary>
    internal void Enqueue(WorkQueue.Place place, WorkItem item)
    {
        if (item.Job is { } job)
            open[job.Id] = item;
        place.Use(item);
    }

    /// <summary>Takes a job back that waits or runs.</summary>
    internal void Cancel(Job job)
    {
        jobs.End(job, JobState.Cancelled);
        if (open.TryRemove(job.Id, out WorkItem? item))
            queue.Withdraw(item);
    }

    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        models.Load();
        runner.Require(models.All);
        folder.Open();
        keys.Open();
        foreach (Job job in jobs.Open())
            Restore(job);
        telemetry.Observe(queue, memory, keys);
        IsReady = true;
        logger.Started(models.All.Count(), folder.Path, open.Count);
        if (options.Value is { AllowAnonymous: false, Clients.Count: 0 })
            logger.LocalOnly();
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        IsReady = false;
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        await now.CancelAsync().ConfigureAwait(false);
        if (ExecuteTask is { } running)
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        logger.Stopped(open.Count);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        now.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll([.. Enumerable.Range(0, options.Value.Workers).Select(_ => WorkAsync(stoppingToken)), SweepAsync(stoppingToken)]);

    private void Restore(Job job)
    {
        if (!models.TryFind(job.Model, out ServedModel? model) || model.Server.CircuitHash != job.Circuit)
            jobs.End(job, JobState.Failed, "CML6402", "the model is not served any more");
        else if (job.Attempts >= MostAttempts)
            jobs.End(job, JobState.Failed, "CML6409", $"the server ended {job.Attempts} times while it ran");
        else
        {
            ActivityContext.TryParse(job.Trace, null, isRemote: true, out ActivityContext trace);
            WorkItem item = new(new KeyName(job.Owner, job.Circuit, job.Key), model, job.Samples) { Job = job, Trace = trace };
            open[job.Id] = item;
            queue.Restore(item);
        }
    }

    private async Task SweepAsync(CancellationToken stopping)
    {
        using PeriodicTimer timer = new(SweepPeriod);
        while (await Ticks(timer, stopping).ConfigureAwait(false))
            try
            {
                jobs.Sweep();
            }
            catch (Exception problem) when (RefusalException.IsStore(problem))
            {
                logger.SweepFailed(problem);
            }
    }

    private static async Task<bool> Ticks(PeriodicTimer timer, CancellationToken stopping)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task WorkAsync(CancellationToken stopping)
    {
        while (true)
        {
            WorkItem item;
            try
            {
                item = await queue.NextAsync(stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            try
            {
                await RunAsync(item).ConfigureAwait(false);
                if (item.Job is { } job)
                    open.TryRemove(job.Id, out _);
            }
            catch (Exception problem)
            {
                // how a job stands cannot be noted; it is in the store as accepted, and other clients wait for this worker
                logger.Failed(problem, item.Model.Name, item.Job?.Id ?? "-");
                item.Refuse(RefusalException.OfRun(problem));
                _ = AgainAsync(item, stopping);
            }
        }
    }

    /// <summary>Puts a job back that the store could not take note of; at the stop it stays for the next start.</summary>
    private async Task AgainAsync(WorkItem item, CancellationToken stopping)
    {
        await Task.Delay(StorePause, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (item.Job is not null && !stopping.IsCancellationRequested)
            queue.Restore(item);
    }

    private async Task RunAsync(WorkItem item)
    {
        using Activity? activity = telemetry.Source.StartActivity("concreteml.infer", ActivityKind.Server, item.Trace);
        activity?.SetTag("concreteml.model", item.Model.Name).SetTag("concreteml.samples", item.Samples);
        TagList tags = new() { { "model", item.Model.Name } };
        telemetry.Waited.Record(Stopwatch.GetElapsedTime(item.Queued).TotalSeconds, tags);
        long start = Stopwatch.GetTimestamp();
        string outcome = await EndAsync(item).ConfigureAwait(false);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (outcome == Outcomes.Done)
        {
            queue.Took(seconds);
            telemetry.Samples.Add(item.Samples, tags);
        }

        tags.Add("outcome", outcome);
        telemetry.Duration.Record(seconds, tags);
        activity?.SetStatus(outcome == Outcomes.Failed ? ActivityStatusCode.Error : ActivityStatusCode.Ok, outcome);
        logger.Ended(item.Model.Name, item.Samples, item.Key.Id, item.Job?.Id ?? "-", outcome, seconds);
    }

    /// <summary>Runs an item and says how it ended, to its client and in the store.</summary>
    private async Task<string> EndAsync(WorkItem item)
    {
        try
        {
            if (item.Job is { } begun && !jobs.Table.Begin(begun.Id, DateTimeOffset.UtcNow))
                return Outcomes.Cancelled;
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(item.Cancelled, now.Token);
            EncryptedOutputs outputs = await ComputeAsync(item, either.Token).ConfigureAwait(false);
            if (item.Job is { } job)
                await jobs.FinishAsync(job, outputs).ConfigureAwait(false);
            item.Completion.TrySetResult(outputs);
            return Outcomes.Done;
        }
        catch (OperationCanceledException) when (!item.Cancelled.IsCancellationRequested)
        {
            if (item.Job is { } job)
                jobs.Table.Requeue(job.Id);
            item.Refuse(RefusalException.Stopping());
            return Outcomes.Stopped;
        }
        catch (OperationCanceledException)
        {
            return Outcomes.Cancelled;
        }
        catch (Exception problem)
        {
            RefusalException refusal = RefusalException.OfRun(problem);
            if (refusal.Status >= 500)
                logger.Failed(problem, item.Model.Name, item.Job?.Id ?? "-");
            if (item.Job is { } job)
                jobs.End(job, JobState.Failed, refusal.Code, refusal.Message);
            item.Refuse(refusal);
            return Outcomes.Failed;
        }
    }

    private async Task<EncryptedOutputs> ComputeAsync(WorkItem item, CancellationToken cancellation)
    {
        EncryptedInputs inputs = item.Inputs ?? await jobs.ReadInputsAsync(item.Job!, item.Model, cancellation).ConfigureAwait(false);
        return await runner.RunAsync(item, inputs, new Follower(item), cancellation).ConfigureAwait(false);
    }

    private static class Outcomes
    {
        internal const string Done = "done";
        internal const string Failed = "failed";
        internal const string Cancelled = "cancelled";
        internal const string Stopped = "stopped";
    }

    private sealed class Follower(WorkItem item) : IProgress<double>
    {
        public void Report(double value) => item.Progress = value;
    }
}
