using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace ConcreteMl.AspNetCore;

/// <summary>Jobs of a client: asked for, fetched, taken back.</summary>
internal sealed class JobEndpoints(JobStore jobs, InferenceService service)
{
    private static readonly TimeSpan PollAfter = TimeSpan.FromSeconds(1);

    internal Task ListAsync(HttpContext context, string owner) =>
        JsonBody.WriteAsync(
            context,
            json =>
            {
                json.WriteStartArray("jobs");
                foreach (Job job in jobs.Table.Of(owner))
                {
                    json.WriteStartObject();
                    Describe(json, context, job, Progress(job));
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }
        );

    internal Task GetAsync(HttpContext context, string owner)
    {
        Job job = Require(context, owner);
        if (job.Finished is null)
            context.Response.Headers.RetryAfter = RefusalBody.Seconds(PollAfter);
        return JsonBody.WriteAsync(context, json => Describe(json, context, job, Progress(job)));
    }

    internal async Task ResultAsync(HttpContext context, string owner)
    {
        Job job = Require(context, owner);
        if (job.State != JobState.Done)
            throw new RefusalException(
                StatusCodes.Status409Conflict,
                "CML6408",
                $"job {job.Id} is {Name(job.State)}: it has no result",
                "",
                job.Finished is null ? "Ask again later" : "Send the inputs again",
                job.Finished is null ? PollAfter : null
            );
        await using FileStream outputs = jobs.OpenOutputs(job);
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = outputs.Length;
        await outputs.CopyToAsync(context.Response.Body, context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Takes an open job back; removes one that has ended.</summary>
    internal async Task DeleteAsync(HttpContext context, string owner)
    {
        Job job = Require(context, owner);
        if (job.Finished is null)
        {
            service.Cancel(job);
            Job ended = Require(context, owner);
            await JsonBody.WriteAsync(context, json => Describe(json, context, ended, 0)).ConfigureAwait(false);
            return;
        }

        jobs.Remove(job);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>The fields of a job.</summary>
    internal static void Describe(Utf8JsonWriter json, HttpContext context, Job job, double progress)
    {
        json.WriteString("id", job.Id);
        json.WriteString("model", job.Model);
        json.WriteString("state", Name(job.State));
        json.WriteNumber("progress", job.State == JobState.Done ? 1 : progress);
        json.WriteNumber("samples", job.Samples);
        json.WriteString("created", job.Created);
        if (job.Started is { } started)
            json.WriteString("started", started);
        if (job.Finished is { } finished)
            json.WriteString("finished", finished);
        if (job.State == JobState.Done)
            json.WriteString("result", $"{context.Request.PathBase}/v2/jobs/{job.Id}/result");
        if (job.Code is not null)
        {
            json.WriteString("error", $"{job.Code}: {job.Error}");
            json.WriteStartArray("diagnostics");
            json.WriteStartObject();
            RefusalBody.Write(json, job.Code, job.Error ?? "", "", "");
            json.WriteEndObject();
            json.WriteEndArray();
        }
    }

    private static string Name(JobState state) => state.ToString().ToLowerInvariant();

    private double Progress(Job job) => service.Find(job.Id)?.Progress ?? 0;

    private Job Require(HttpContext context, string owner) =>
        jobs.Table.Find(owner, context.Route("job"))
        ?? throw new RefusalException(404, "CML6407", "there is no such job", "", "GET /v2/jobs lists this client's jobs");
}
