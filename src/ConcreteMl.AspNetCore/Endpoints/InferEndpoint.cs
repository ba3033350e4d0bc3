using System.Diagnostics;
using ConcreteMl.Tfhe;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ConcreteMl.AspNetCore;

/// <summary>Inference: at once, or as a job.</summary>
internal sealed class InferEndpoint(
    ModelRepository models,
    KeyStore keys,
    JobStore jobs,
    WorkQueue queue,
    InferenceService service,
    IHostApplicationLifetime lifetime,
    IOptions<ConcreteMlOptions> options
)
{
    private const string Asynchronous = "respond-async";

    internal async Task PostAsync(HttpContext context, string owner)
    {
        ServedModel model = models.Find(context.Route("model"));
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            throw RefusalException.Stopping();
        KeyName name = KeyName.Parse(owner, model, context.Request.Headers["X-Key-Id"]);
        StoredKey key = keys.Require(name);
        context.Limit(WireSizes.Frame(model.Server.InputExpectation(options.Value.SamplesPerRequest).MostBytes));
        bool job = context
            .Request.Headers["Prefer"]
            .Any(prefer => prefer?.Contains(Asynchronous, StringComparison.OrdinalIgnoreCase) == true);
        string? request = job ? RequestName.Of(context.Request.Headers) : null;
        if (request is not null && jobs.Table.OfRequest(owner, request) is { } known)
        {
            await RepeatAsync(context, known, name, await HashAsync(context).ConfigureAwait(false)).ConfigureAwait(false);
            return;
        }

        if (job)
            jobs.RequireRoom(owner);
        using WorkQueue.Place place = queue.Take(owner);
        (EncryptedInputs inputs, string hash) = await ReadAsync(context, model).ConfigureAwait(false);
        if (inputs.KeyId != key.KeyId)
            throw new RefusalException(
                400,
                "CML6208",
                $"the inputs are under key {inputs.KeyId}, X-Key-Id names the evaluation key of {key.KeyId}",
                "key and ciphertexts of one client",
                "Name the key that encrypted"
            );
        if (job)
            await AcceptAsync(context, place, name, model, inputs, request is null ? null : (request, hash)).ConfigureAwait(false);
        else
            await AnswerAsync(context, place, name, model, inputs).ConfigureAwait(false);
    }

    private async Task<(EncryptedInputs Inputs, string Hash)> ReadAsync(HttpContext context, ServedModel model)
    {
        using HashedBody body = new(context.Request.Body);
        try
        {
            EncryptedInputs inputs = await model
                .Server.ReadInputsAsync(body, options.Value.SamplesPerRequest, context.RequestAborted)
                .ConfigureAwait(false);
            await body.RequireEndAsync(context.RequestAborted).ConfigureAwait(false);
            return (inputs, body.Hash());
        }
        catch (TfheFormatException problem)
        {
            throw RefusalException.Of(problem, key: false);
        }
    }

    private async Task AnswerAsync(HttpContext context, WorkQueue.Place place, KeyName name, ServedModel model, EncryptedInputs inputs)
    {
        WorkItem item = new(name, model, inputs.Samples.Count) { Inputs = inputs, Trace = Activity.Current?.Context ?? default };
        service.Enqueue(place, item);
        EncryptedOutputs outputs;
        await using (context.RequestAborted.Register(() => queue.Withdraw(item)).ConfigureAwait(false))
            outputs = await item.Completion.Task.ConfigureAwait(false);
        context.Response.ContentType = "application/octet-stream";
        await outputs.WriteToAsync(context.Response.Body, context.RequestAborted).ConfigureAwait(false);
    }

    private async Task AcceptAsync(
        HttpContext context,
        WorkQueue.Place place,
        KeyName name,
        ServedModel model,
        EncryptedInputs inputs,
        (string Name, string Hash)? request
    )
    {
        Job? job;
        while ((job = await jobs.AddAsync(name, model, inputs, request, Activity.Current?.Id).ConfigureAwait(false)) is null)
            // the same request came twice at once, and the other one was faster
            if (jobs.Table.OfRequest(name.Owner, request!.Value.Name) is { } first)
            {
                await RepeatAsync(context, first, name, request.Value.Hash).ConfigureAwait(false);
                return;
            }

        service.Enqueue(place, new WorkItem(name, model, job.Samples) { Job = job, Trace = Activity.Current?.Context ?? default });
        await DescribeAsync(context, job).ConfigureAwait(false);
    }

    /// <summary>The hash of a body that is not kept; it takes no memory, so it needs no place in the queue.</summary>
    private static async Task<string> HashAsync(HttpContext context)
    {
        using HashedBody body = new(context.Request.Body);
        await body.CopyToAsync(Stream.Null, context.RequestAborted).ConfigureAwait(false);
        return body.Hash();
    }

    /// <summary>Answers a request that was accepted before as it was answered then.</summary>
    /// <exception cref="RefusalException">The name is that of another request.</exception>
    private Task RepeatAsync(HttpContext context, Job job, KeyName name, string hash) =>
        (job.Circuit, job.Key, job.Inputs) == (name.Circuit, name.Id, hash)
            ? DescribeAsync(context, job)
            : throw new RefusalException(
                StatusCodes.Status422UnprocessableEntity,
                "CML6417",
                $"job {job.Id} has this {RequestName.Header}, and another model, key or inputs",
                "a name of its own for every job; the same one for the same bytes",
                "Choose a new random name"
            );

    private Task DescribeAsync(HttpContext context, Job job)
    {
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        context.Response.Headers.Location = $"{context.Request.PathBase}/v2/jobs/{job.Id}";
        context.Response.Headers["Preference-Applied"] = Asynchronous;
        double progress = service.Find(job.Id)?.Progress ?? 0;
        return JsonBody.WriteAsync(context, json => JobEndpoints.Describe(json, context, job, progress));
    }
}
