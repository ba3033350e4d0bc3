using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace ConcreteMl.AspNetCore;

/// <summary>Writes one JSON object as a response.</summary>
internal static class JsonBody
{
    internal static async Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        using MemoryStream stream = new();
        await using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = stream.Length;
        await context
            .Response.Body.WriteAsync(stream.GetBuffer().AsMemory(0, (int)stream.Length), context.RequestAborted)
            .ConfigureAwait(false);
    }
}
