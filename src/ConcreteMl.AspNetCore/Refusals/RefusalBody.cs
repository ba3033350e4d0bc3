using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace ConcreteMl.AspNetCore;

/// <summary>Refusals as bodies: the protocol's "error", and the diagnostics that the command line prints too.</summary>
internal static class RefusalBody
{
    internal static async Task WriteAsync(HttpContext context, int status, ServingException problem, TimeSpan? retryAfter)
    {
        HttpResponse response = context.Response;
        if (response.HasStarted)
        {
            context.Abort();
            return;
        }

        response.Clear();
        response.StatusCode = status;
        if (retryAfter is { } wait)
            response.Headers.RetryAfter = Seconds(wait);
        if (status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = "Bearer";
        await JsonBody
            .WriteAsync(
                context,
                json =>
                {
                    json.WriteString("error", $"{problem.Code}: {problem.Message}");
                    json.WriteStartArray("diagnostics");
                    json.WriteStartObject();
                    Write(json, problem.Code, problem.Message, problem.Expected, problem.Cure);
                    json.WriteEndObject();
                    json.WriteEndArray();
                }
            )
            .ConfigureAwait(false);
    }

    /// <summary>The fields of one diagnostic.</summary>
    internal static void Write(Utf8JsonWriter json, string code, string message, string expected, string cure)
    {
        json.WriteString("code", code);
        json.WriteString("severity", "error");
        json.WriteString("message", message);
        json.WriteString("expected", expected);
        json.WriteString("cure", cure);
    }

    internal static string Seconds(TimeSpan wait) =>
        Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
}
