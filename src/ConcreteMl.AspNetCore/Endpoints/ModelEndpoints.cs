using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ConcreteMl.AspNetCore;

/// <summary>Health, and what the server says of itself and its models.</summary>
internal sealed class ModelEndpoints(
    ModelRepository models,
    InferenceService service,
    IHostApplicationLifetime lifetime,
    IOptions<ConcreteMlOptions> options
)
{
    private static readonly string Version =
        typeof(ModelEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? "";

    internal Task ServerAsync(HttpContext context) =>
        JsonBody.WriteAsync(
            context,
            json =>
            {
                json.WriteString("name", "concreteml");
                json.WriteString("version", Version);
                json.WriteStartArray("extensions");
                json.WriteStringValue("keys");
                json.WriteStringValue("jobs");
                json.WriteEndArray();
            }
        );

    internal Task ReadyAsync(HttpContext context) =>
        service.IsReady && !lifetime.ApplicationStopping.IsCancellationRequested ? Task.CompletedTask : throw RefusalException.Stopping();

    internal Task ListAsync(HttpContext context, string owner) =>
        JsonBody.WriteAsync(
            context,
            json =>
            {
                json.WriteStartArray("models");
                foreach (ServedModel model in models.All)
                    json.WriteStringValue(model.Name);
                json.WriteEndArray();
            }
        );

    internal Task ModelReadyAsync(HttpContext context, string owner)
    {
        models.Find(context.Route("model"));
        return Task.CompletedTask;
    }

    internal Task MetadataAsync(HttpContext context, string owner)
    {
        ServedModel model = models.Find(context.Route("model"));
        return JsonBody.WriteAsync(
            context,
            json =>
            {
                json.WriteString("name", model.Name);
                json.WriteStartArray("versions");
                json.WriteStringValue("1");
                json.WriteEndArray();
                json.WriteString("platform", "concreteml_tfhe");
                Ports(json, "inputs", model.Server.Inputs);
                Ports(json, "outputs", model.Server.Outputs);
                json.WriteStartObject("parameters");
                json.WriteString("circuit_hash", model.Server.CircuitHash);
                json.WriteNumber("evaluation_key_bytes", model.Server.EvaluationKeyBytes);
                json.WriteNumber("samples_per_request", options.Value.SamplesPerRequest);
                json.WriteBoolean("client_half", model.ClientHalf is not null);
                json.WriteEndObject();
            }
        );
    }

    internal async Task ClientHalfAsync(HttpContext context, string owner)
    {
        ServedModel model = models.Find(context.Route("model"));
        byte[] half =
            model.ClientHalf
            ?? throw new RefusalException(
                404,
                "CML6416",
                $"the client half of '{model.Name}' is not served",
                "",
                "Ask the model's owner for it"
            );
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = half.Length;
        context.Response.Headers.ETag = $"\"{model.Server.CircuitHash}\"";
        await context.Response.Body.WriteAsync(half, context.RequestAborted).ConfigureAwait(false);
    }

    // What the codes inside mean is the client's to know: to the server they are integers of some width.
    private static void Ports(Utf8JsonWriter json, string name, IReadOnlyList<CircuitPort> ports)
    {
        json.WriteStartArray(name);
        foreach (CircuitPort port in ports)
        {
            json.WriteStartObject();
            json.WriteString("name", port.Name);
            json.WriteString("datatype", "BYTES");
            json.WriteStartArray("shape");
            json.WriteNumberValue(-1);
            // a leading 1 is the batch axis
            foreach (int dimension in port.Shape.Skip(port.Shape is [1, ..] ? 1 : 0))
                json.WriteNumberValue(dimension);
            json.WriteEndArray();
            json.WriteStartObject("parameters");
            json.WriteNumber("code_bits", port.Bits);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
