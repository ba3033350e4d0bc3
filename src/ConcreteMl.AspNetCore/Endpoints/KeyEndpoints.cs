using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ConcreteMl.AspNetCore;

/// <summary>Evaluation keys: put, asked for, deleted.</summary>
internal sealed class KeyEndpoints(
    ModelRepository models,
    KeyStore store,
    KeyMemory memory,
    UploadPlaces uploads,
    ILogger<KeyEndpoints> logger
)
{
    internal async Task PutAsync(HttpContext context, string owner)
    {
        ServedModel model = models.Find(context.Route("model"));
        // first, so that the connection takes the body also of what is refused, and the answer arrives
        context.Limit(WireSizes.Frame(model.Server.EvaluationKeyBytes));
        KeyName name = KeyName.Parse(owner, model, context.Route("key"));
        using IDisposable place = uploads.Take(owner);
        (StoredKey key, bool created) = await store
            .ReceiveAsync(name, model, context.Request.Body, context.RequestAborted)
            .ConfigureAwait(false);
        if (created)
            logger.KeyStored(name.Id, model.Name, key.Bytes);
        context.Response.StatusCode = created ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        await DescribeAsync(context, name, key).ConfigureAwait(false);
    }

    internal async Task FindAsync(HttpContext context, string owner)
    {
        KeyName name = KeyName.Parse(owner, models.Find(context.Route("model")), context.Route("key"));
        StoredKey key = store.Require(name);
        if (!HttpMethods.IsHead(context.Request.Method))
            await DescribeAsync(context, name, key).ConfigureAwait(false);
    }

    internal Task DeleteAsync(HttpContext context, string owner)
    {
        KeyName name = KeyName.Parse(owner, models.Find(context.Route("model")), context.Route("key"));
        store.Require(name);
        store.Delete(name);
        memory.Forget(name);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static Task DescribeAsync(HttpContext context, KeyName name, StoredKey key) =>
        JsonBody.WriteAsync(
            context,
            json =>
            {
                json.WriteString("id", name.Id);
                json.WriteString("key_id", key.KeyId.ToString());
                json.WriteNumber("bytes", key.Bytes);
            }
        );
}
